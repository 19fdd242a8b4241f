// One thread reads the value of a generator while another asks it for the next.
//
// kind: data-race
// variable: heap
// also: first access, resumption
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>

#include "sanitizers/gallery/coroutines.h"
#include "sanitizers/gallery/in_order.h"

namespace {
std::mutex g_mutex;

Coroutine numbers() {
  for (int i = 0;; i++) {
    co_yield i;  // <- second access
  }
}

int value(const Coroutine& generator) {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  return generator.handle.promise().value;  // <- first access
}

void next(const Coroutine& generator) {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  generator.resume();  // <- resumption
}
}  // namespace

int main() {
  const Coroutine generator = numbers();
  in_order([&] { value(generator); }, [&] { next(generator); });
  generator.destroy();
}
