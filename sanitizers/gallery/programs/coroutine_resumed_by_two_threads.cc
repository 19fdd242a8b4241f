// Two threads resume one coroutine, each when it finds it suspended. Nothing orders the two, so
// that the second runs on a frame that is half written by the first.
//
// kind: data-race
// variable: heap
// places: access
// also: resumption
// also: access, resumption
// also: nowhere
// also: head, access
// also: access, end
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>

#include "sanitizers/gallery/coroutines.h"
#include "sanitizers/gallery/in_order.h"

namespace {
std::mutex g_mutex;

Coroutine count() {                  // <- head
  for (int i = 0;; i++) co_yield i;  // <- access
}  // <- end

void step(const Coroutine& counter) {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  counter.resume();  // <- resumption
}
}  // namespace

int main() {
  const Coroutine counter = count();
  in_order([&] { step(counter); }, [&] { step(counter); });
  counter.destroy();
}
