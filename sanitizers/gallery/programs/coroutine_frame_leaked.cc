// Nobody destroys a coroutine that never comes to its end.
//
// kind: leak
// places: creation
// seen by: asan
// missed by: clang_tsan, gcc_tsan, helgrind, drd because they do not look for what is left
#include "sanitizers/gallery/coroutines.h"

namespace {
Coroutine count() {  // <- creation
  for (int i = 0;; i++) co_yield i;
}

void take_two() {
  const Coroutine counter = count();
  counter.resume();
  counter.resume();
#ifdef FIXED
  counter.destroy();
#endif
}
}  // namespace

int main() { take_two(); }
