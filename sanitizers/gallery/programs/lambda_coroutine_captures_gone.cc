// A lambda is a coroutine. What it captured is in the closure and not in the frame: when the
// closure goes, the coroutine has nothing to read ([expr.prim.lambda.capture], CP.51 of the Core
// Guidelines).
//
// kind: use-after-return
// variable: stack
// places: use
// seen by: asan
// missed by: clang_tsan, gcc_tsan, helgrind, drd because the stack of a thread that runs may be
//   used by all
#include "sanitizers/gallery/coroutines.h"

namespace {
int g_served = 0;

Coroutine start(int size) {
#ifdef FIXED
  const auto serve = [](int size) -> Coroutine {
#else
  const auto serve = [size]() -> Coroutine {
#endif
    g_served += size;  // <- use
    co_return;
  };
#ifdef FIXED
  return serve(size);
#else
  return serve();
#endif
}
}  // namespace

int main() {
  const Coroutine task = start(1);
  task.resume();
  task.destroy();
}
