// A coroutine is resumed after its frame was destroyed.
//
// kind: use-after-free
// variable: heap
// places: frame, use
// also: frame
// also: deletion, use
// seen by: asan, clang_tsan, gcc_tsan
// missed by: helgrind, drd because they forget memory that is freed
#include "sanitizers/gallery/coroutines.h"

namespace {
Coroutine once() { co_yield 1; }  // <- frame
}  // namespace

int main() {
  const Coroutine task = once();
  task.resume();
#ifdef FIXED
  task.resume();
  task.destroy();
#else
  task.destroy();  // <- deletion
  task.resume();   // <- use
#endif
}
