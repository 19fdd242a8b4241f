// A function keeps its buffer in a static variable. Its initialization is safe, its use is not.
//
// kind: data-race
// variable: buffer
// places: access
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <cstdio>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
const char* name_of(int id) {
#ifdef FIXED
  static thread_local char buffer[16];
#else
  static char buffer[16];
#endif
  buffer[0] = static_cast<char>('A' + id);  // <- access
  return buffer;
}
}  // namespace

int main() {
  in_order([] { name_of(1); }, [] { name_of(2); });
}
