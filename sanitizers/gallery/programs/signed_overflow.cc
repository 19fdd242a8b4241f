// A sum does not fit: for signed integers that is undefined.
//
// kind: signed-overflow
// places: addition
// seen by: asan
// missed by: clang_tsan, gcc_tsan, helgrind, drd because they do not look at arithmetic
#include <climits>

int main(int argc, char** /*argv*/) {
#ifdef FIXED
  const long sum = INT_MAX + static_cast<long>(argc);
#else
  const int sum = INT_MAX + argc;  // <- addition
#endif
  return sum == 0 ? 1 : 0;
}
