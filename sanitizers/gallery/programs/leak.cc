// The only pointer to an object is overwritten.
//
// kind: leak
// places: allocation
// seen by: asan
// missed by: clang_tsan, gcc_tsan, helgrind, drd because they do not look for what is left
namespace {
int* g_cell = nullptr;
}  // namespace

int main() {
  g_cell = new int(1);  // <- allocation
#ifdef FIXED
  delete g_cell;
#endif
  g_cell = nullptr;
}
