#include "scenarios/real.h"

#include <algorithm>
#include <system_error>

namespace assay {

Mutex<Real>::Mutex(const char*, std::int32_t) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  const int error = pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_mutex_init");
}

Routine<> ConditionVariable<Real>::wait(UnitOf<Real> unit, Mutex<Real>& mutex) {
  const std::uint32_t ticket = waited_.fetch_add(1);
  co_await mutex.unlock();
  co_await unit.until([&] { return woken_.load() > ticket; });
  co_await mutex.lock(unit);
}

void ConditionVariable<Real>::wake(std::uint32_t count) {
  std::uint32_t woken = woken_.load();
  for (;;) {
    const std::uint32_t waiting = waited_.load() - woken;
    if (waiting == 0) return;
    if (woken_.compare_exchange_weak(woken, woken + std::min(waiting, count))) return;
  }
}

bool Semaphore<Real>::take() {
  std::uint64_t count = count_.load();
  while (count > 0) {
    if (count_.compare_exchange_weak(count, count - 1)) return true;
  }
  return false;
}

Routine<> Barrier<Real>::arrive_and_wait(UnitOf<Real> unit) {
  const std::uint64_t phase = arrived_.fetch_add(1) / parties_;
  co_await unit.until([&] { return arrived_.load() / parties_ > phase; });
}

}  // namespace assay
