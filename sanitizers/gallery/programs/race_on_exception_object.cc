// Two threads write to one exception that they hold. A std::exception_ptr may be copied by many;
// what it points to is one object.
//
// kind: data-race
// variable: heap
// places: access
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <exception>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
struct Failure {
  int retries = 0;
};

std::mutex g_mutex;

Failure& failure_of(const std::exception_ptr& shared) {
  try {
    std::rethrow_exception(shared);
  } catch (Failure& failure) {
    return failure;
  }
}

void retry(Failure& failure) {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  failure.retries++;  // <- access
}
}  // namespace

int main() {
  const std::exception_ptr shared = std::make_exception_ptr(Failure());
  Failure& failure = failure_of(shared);
  in_order([&] { retry(failure); }, [&] { retry(failure); });
}
