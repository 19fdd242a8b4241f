#include "scenarios/real.h"

#include <algorithm>
#include <system_error>

namespace assay::real {

ProcessMutex::ProcessMutex() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  const int error = pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_mutex_init");
}

void Tickets::call(std::uint32_t count) {
  std::uint32_t called = called_.load();
  for (;;) {
    const std::uint32_t waiting = drawn_.load() - called;
    if (waiting == 0) return;
    if (called_.compare_exchange_weak(called, called + std::min(waiting, count))) return;
  }
}

}  // namespace assay::real
