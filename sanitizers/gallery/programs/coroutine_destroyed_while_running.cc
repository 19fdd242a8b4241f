// A coroutine calls what destroys it, before it is suspended: it goes on in a frame that was freed.
//
// kind: use-after-free
// variable: heap
// places: use
// also: deletion, use
// seen by: asan, clang_tsan, gcc_tsan
// missed by: helgrind, drd because they forget memory that is freed
#include "sanitizers/gallery/coroutines.h"

namespace {
std::coroutine_handle<> g_running;

int cancel() {
#ifndef FIXED
  g_running.destroy();  // <- deletion
#endif
  return 1;
}

Coroutine work() { co_yield cancel(); }  // <- use
}  // namespace

int main() {
  const Coroutine task = work();
  g_running = task.handle;
  task.resume();
#ifdef FIXED
  task.destroy();
#endif
}
