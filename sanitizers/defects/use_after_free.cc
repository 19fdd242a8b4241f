// A heap cell is read after it was freed.
#include <cstdlib>

namespace {
// Through a volatile pointer, so that no compiler sees (or optimizes away) what is wrong.
volatile int* volatile g_cell = nullptr;
}  // namespace

int main() {
  g_cell = static_cast<volatile int*>(std::malloc(sizeof(int)));
  *g_cell = 1;
  std::free(const_cast<int*>(g_cell));
  const int read = *g_cell;  // REPORT
  (void)read;
  return 0;
}
