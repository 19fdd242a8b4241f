// Correct: two threads hold one exception, and the last to let it go frees it. Its count is atomic,
// in a library that was built without the sanitizer, so that nothing is seen that orders the two.
//
// kind: correct
// false alarm by: clang_tsan, gcc_tsan
// false alarm by: helgrind at end, second access
// silent under: drd because it does not take the end of an object for an access
// silent under: asan because every address that it uses may be used
#include <exception>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
struct Failure {
  int code = 5;
};

std::exception_ptr g_failure;
std::mutex g_mutex;

void publish() {
#ifndef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_failure = std::current_exception();
}

int fail() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);  // Until it has let the exception go.
#endif
  try {
    throw Failure();
  } catch (const Failure& failure) {
    publish();
    return failure.code;  // <- first access
  }  // <- end
}

void let_go() {
  const std::lock_guard lock(g_mutex);
  g_failure = nullptr;  // <- second access
}
}  // namespace

int main() { in_order(fail, let_go); }
