// Both accesses are in code that was built without the sanitizer, as a prebuilt library is.
//
// kind: data-race
// variable: g_counter
// places: access
// seen by: helgrind, drd
// missed by: clang_tsan, gcc_tsan because the code that makes the accesses does not tell them
// missed by: asan because every address that it uses may be used
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_counter = 0;
std::mutex g_mutex;

// What a library without instrumentation is to the sanitizer.
__attribute__((no_sanitize("thread"), noinline)) void count_in_the_library() {
  g_counter++;  // <- access
}

void count() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  count_in_the_library();
}
}  // namespace

int main() { in_order(count, count); }
