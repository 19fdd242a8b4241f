// The only pointer to a heap cell is overwritten.
namespace {
int* volatile g_cell = nullptr;
}  // namespace

int main() {
  g_cell = new int(1);  // REPORT
  g_cell = nullptr;
  return 0;
}
