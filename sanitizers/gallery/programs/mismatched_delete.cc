// What came from operator new is given to free.
//
// kind: mismatched-free
// places: free
// seen by: asan
// missed by: clang_tsan, gcc_tsan, helgrind, drd because they do not compare how memory is given
//   back with how it came
#include <cstdlib>

namespace {
int* g_cell = nullptr;
}  // namespace

int main() {
  g_cell = new int(1);
#ifdef FIXED
  delete g_cell;
#else
  std::free(g_cell);  // <- free
#endif
}
