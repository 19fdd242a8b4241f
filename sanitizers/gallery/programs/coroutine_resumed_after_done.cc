// A coroutine is resumed at its final suspension point, where its function to resume is null.
//
// kind: segv
// places: resumption
// seen by: gcc_tsan, asan, helgrind, drd
// seen by: clang_tsan at nowhere
#include "sanitizers/gallery/coroutines.h"

namespace {
Coroutine once() { co_return; }
}  // namespace

int main() {
  const Coroutine task = once();
  task.resume();
#ifdef FIXED
  if (!task.handle.done())
#endif
    task.resume();  // <- resumption
  task.destroy();
}
