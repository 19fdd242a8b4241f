// Condition variables, semaphores, barriers, once flags, guards of static locals, and the futex by
// which std::atomic waits. A wait with a time limit may end at any time: a choice of the schedule.
#include <cxxabi.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdarg>

#include "models/controlled/unmodified/atomics.h"
#include "models/controlled/unmodified/hook.h"
#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/locks.h"
#include "models/controlled/unmodified/real.h"
#include "models/controlled/unmodified/values.h"
#include "models/controlled/unmodified/virtual_time.h"

namespace assay::unmodified {
namespace {

using controlled::Compare;
using controlled::ConditionState;

Object& queue_at(Program& program, const void* address) {
  return program.object(Object::Kind::kQueue, reinterpret_cast<Address>(address));
}

/// Leaves the queue when it is notified; with a time limit also before. Returns whether it was.
bool leave(Program& program, Object& queue, bool timed) {
  const Op wake = queue.queue->make_wake();
  if (!timed) {
    program.waiting_step(wake, &ConditionState::notified, &*queue.queue,
                         [&](Execution& execution) { queue.queue->leave(execution); });
    program.changed();
    return true;
  }
  constexpr int kKind = static_cast<int>(OpKind::kWake);
  const std::uint64_t state = program.before_read(kKind, queue.address, &*queue.queue);
  const bool notified = program.step(wake, [&](Execution& execution) {
    const bool was = ConditionState::notified(execution, execution.current(), &*queue.queue);
    queue.queue->leave(execution);
    return was;
  });
  if (notified) {
    program.changed();
  } else {
    program.after_read({kKind, queue.address, 0, 0, state});
  }
  return notified;
}

/// The C++ library asks the clock whether a wait has timed out.
void show_time_out(const timespec& until) { Thread::running()->time_out_ns = nanoseconds(until); }

int wait(const pthread_cond_t* condition, const pthread_mutex_t* mutex, const timespec* until) {
  const Hook hook;
  Program& program = hook.program;
  Object& queue = queue_at(program, condition);
  Object& held = mutex_at(program, mutex);
  const std::uint32_t depth = held.depth;
  program.step(queue.queue->make_wait(*held.mutex), [&](Execution& execution) {
    held.depth = 0;
    queue.queue->queue(execution, *held.mutex);
  });
  note_held(program, held, false);
  const bool notified = leave(program, queue, until != nullptr);
  lock_again(program, held);
  held.depth = depth;
  if (!notified) show_time_out(*until);
  return notified ? 0 : ETIMEDOUT;
}

void notify(Program& program, const void* address, bool all) {
  Object& queue = queue_at(program, address);
  program.step(queue.queue->make_notify(all),
               [&](Execution& execution) { queue.queue->notify(execution, all); });
  program.changed();
}

int signal(const pthread_cond_t* condition, bool all) {
  const Hook hook;
  notify(hook.program, condition, all);
  return 0;
}

/// man 2 futex: sleeps if the word still has the value, in one step. The C++ library asks the clock
/// more than once whether a wait has timed out, and reads in between.
long futex_wait(const std::uint32_t* word, std::uint32_t value, const timespec* until) {
  const Hook hook;
  Program& program = hook.program;
  Object& queue = queue_at(program, word);
  const Data* const data = program.claim(reinterpret_cast<Address>(word), sizeof *word);
  Op op = queue.queue->make_wake();
  op.kind = OpKind::kWait;
  if (data != nullptr) op.other = data->id;
  const bool sleeps = program.step(op, [&](Execution& execution) {
    const bool same = *word == value;
    if (same) {
      queue.queue->queue(execution);
      ++queue.waiting;
    } else {
      execution.note_failed_try();
    }
    return same;
  });
  if (!sleeps) {
    errno = EAGAIN;
    return -1;
  }
  if (leave(program, queue, until != nullptr)) return 0;
  --queue.waiting;
  show_time_out(*until);
  program.current().time_out_stays = true;
  errno = ETIMEDOUT;
  return -1;
}

/// Returns how many were woken.
long futex_wake(const std::uint32_t* word, int most) {
  const Hook hook;
  Object& queue = queue_at(hook.program, word);
  if (most < 1) return 0;
  if (most == 1 || most >= queue.waiting) {
    const bool all = most > 1;
    int woken = 0;
    hook.program.step(queue.queue->make_notify(all), [&](Execution& execution) {
      woken = std::min(most, queue.waiting);
      queue.waiting -= woken;
      queue.queue->notify(execution, all);
    });
    hook.program.changed();
    return woken;
  }
  int woken = 0;
  while (woken < most && queue.waiting > 0) {
    hook.program.step(queue.queue->make_notify(false), [&](Execution& execution) {
      const int one = std::min(1, queue.waiting);
      woken += one;
      queue.waiting -= one;
      queue.queue->notify(execution, false);
    });
    hook.program.changed();
  }
  return woken;
}

/// A time limit of FUTEX_WAIT is a duration, one of FUTEX_WAIT_BITSET a time.
const timespec* limit_of(int what, const timespec* time, timespec* limit) {
  if (time == nullptr || what == FUTEX_WAIT_BITSET) return time;
  *limit = timespec_of(read_clock(*Thread::running()) + nanoseconds(*time));
  return limit;
}

// A semaphore is its count: where it was made before the test, what it had then.
Value semaphore_at(const void* semaphore) {
  int count = 0;
  ASSAY_REAL(sem_getvalue)(static_cast<sem_t*>(const_cast<void*>(semaphore)), &count);
  return Value(reinterpret_cast<Address>(semaphore), count);
}

int semaphore_set(const void* semaphore, unsigned count) {
  const Hook hook;
  semaphore_at(semaphore).update([count](auto) { return count; });
  return 0;
}
int semaphore_wait(const void* semaphore) {
  const Hook hook;
  semaphore_at(semaphore).update_when(Compare::kAtLeast, 1, [](auto count) { return count - 1; });
  return 0;
}
int semaphore_try(const void* semaphore, int failure) {
  const Hook hook;
  const auto old = semaphore_at(semaphore).update([](auto c) { return c > 0 ? c - 1 : c; });
  if (old > 0) return 0;
  errno = failure;
  return -1;
}
int semaphore_post(const void* semaphore) {
  const Hook hook;
  semaphore_at(semaphore).update([](auto count) { return count + 1; });
  return 0;
}

int semaphore_count(const void* semaphore, int* count) {
  const Hook hook;
  *count = static_cast<int>(semaphore_at(semaphore).update([](auto c) { return c; }));
  return 0;
}

// A barrier is how many have arrived, ever, above how many it waits for.
constexpr int kPartiesBits = 16;

int barrier_set(const void* barrier, unsigned parties) {
  const Hook hook;
  Value(reinterpret_cast<Address>(barrier)).update([parties](auto) { return parties; });
  return 0;
}
int barrier_wait(const void* barrier) {
  const Hook hook;
  Value value(reinterpret_cast<Address>(barrier));
  constexpr std::int64_t kOne = std::int64_t{1} << kPartiesBits;
  const std::int64_t old = value.update([](auto v) { return v + kOne; });
  const std::int64_t parties = old % kOne;
  if (parties == 0)
    hook.program.end_here(": waits at a barrier that was not initialized in the test");
  const std::int64_t arrived = old / kOne + 1;
  const std::int64_t phase_end = (arrived + parties - 1) / parties * parties;
  value.update_when(Compare::kAtLeast, phase_end * kOne, [](auto v) { return v; });
  return arrived == phase_end ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

// What is done once: nobody has begun, somebody is at it, it is done.
enum Once : std::int64_t { kNew, kBusy, kDone };

/// True for the unit that has to do it.
bool begin_once(Value& once) {
  return once.update_when(Compare::kNotEqual, kBusy,
                          [](auto state) { return state == kNew ? kBusy : state; }) == kNew;
}

int once(const pthread_once_t* control, void (*function)()) {
  {
    const Hook hook;
    // Done before anything was explored.
    if (*control != PTHREAD_ONCE_INIT) return 0;
    Value value(reinterpret_cast<Address>(control));
    if (!begin_once(value)) return 0;
  }
  try {
    function();
  } catch (...) {
    const Hook hook;
    Value(reinterpret_cast<Address>(control)).update([](auto) { return kNew; });
    throw;
  }
  const Hook hook;
  Value(reinterpret_cast<Address>(control)).update([](auto) { return kDone; });
  return 0;
}

void end_guard(__cxxabiv1::__guard* guard, bool done) {
  const Hook hook;
  if (done) atomic_store_byte(reinterpret_cast<unsigned char*>(guard), 1);
  Value(reinterpret_cast<Address>(guard)).update([done](auto) { return done ? kDone : kNew; });
}

}  // namespace
}  // namespace assay::unmodified

using namespace assay::unmodified;  // NOLINT(google-build-using-namespace): C functions follow.

ASSAY_HOOK int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  return ASSAY_OBSERVED() ? wait(condition, mutex, nullptr)
                          : ASSAY_REAL(pthread_cond_wait)(condition, mutex);
}
ASSAY_HOOK int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      const timespec* until) {
  return ASSAY_OBSERVED() ? wait(condition, mutex, until)
                          : ASSAY_REAL(pthread_cond_timedwait)(condition, mutex, until);
}
ASSAY_HOOK int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      clockid_t clock, const timespec* until) {
  return ASSAY_OBSERVED() ? wait(condition, mutex, until)
                          : ASSAY_REAL(pthread_cond_clockwait)(condition, mutex, clock, until);
}
ASSAY_HOOK int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  return ASSAY_OBSERVED() ? signal(condition, false) : ASSAY_REAL(pthread_cond_signal)(condition);
}
ASSAY_HOOK int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  return ASSAY_OBSERVED() ? signal(condition, true) : ASSAY_REAL(pthread_cond_broadcast)(condition);
}
ASSAY_HOOK int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(pthread_cond_destroy)(condition);
}

ASSAY_HOOK int sem_init(sem_t* semaphore, int shared, unsigned count) noexcept {
  return ASSAY_OBSERVED() ? semaphore_set(semaphore, count)
                          : ASSAY_REAL(sem_init)(semaphore, shared, count);
}
ASSAY_HOOK int sem_destroy(sem_t* semaphore) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(sem_destroy)(semaphore);
}
ASSAY_HOOK int sem_wait(sem_t* semaphore) {
  return ASSAY_OBSERVED() ? semaphore_wait(semaphore) : ASSAY_REAL(sem_wait)(semaphore);
}
ASSAY_HOOK int sem_trywait(sem_t* semaphore) noexcept {
  return ASSAY_OBSERVED() ? semaphore_try(semaphore, EAGAIN) : ASSAY_REAL(sem_trywait)(semaphore);
}
ASSAY_HOOK int sem_timedwait(sem_t* semaphore, const timespec* until) {
  return ASSAY_OBSERVED() ? semaphore_try(semaphore, ETIMEDOUT)
                          : ASSAY_REAL(sem_timedwait)(semaphore, until);
}
ASSAY_HOOK int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  return ASSAY_OBSERVED() ? semaphore_try(semaphore, ETIMEDOUT)
                          : ASSAY_REAL(sem_clockwait)(semaphore, clock, until);
}
ASSAY_HOOK int sem_getvalue(sem_t* semaphore, int* count) noexcept {
  return ASSAY_OBSERVED() ? semaphore_count(semaphore, count)
                          : ASSAY_REAL(sem_getvalue)(semaphore, count);
}
ASSAY_HOOK int sem_post(sem_t* semaphore) noexcept {
  return ASSAY_OBSERVED() ? semaphore_post(semaphore) : ASSAY_REAL(sem_post)(semaphore);
}

ASSAY_HOOK int pthread_barrier_init(pthread_barrier_t* barrier,
                                    const pthread_barrierattr_t* attributes,
                                    unsigned parties) noexcept {
  return ASSAY_OBSERVED() ? barrier_set(barrier, parties)
                          : ASSAY_REAL(pthread_barrier_init)(barrier, attributes, parties);
}
ASSAY_HOOK int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  return ASSAY_OBSERVED() ? barrier_wait(barrier) : ASSAY_REAL(pthread_barrier_wait)(barrier);
}
ASSAY_HOOK int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(pthread_barrier_destroy)(barrier);
}

ASSAY_HOOK int pthread_once(pthread_once_t* control, void (*function)()) {
  return ASSAY_OBSERVED_AT(control) ? once(control, function)
                                    : ASSAY_REAL(pthread_once)(control, function);
}

// The Itanium C++ ABI, 3.3.3: the first byte of a guard says that the object is there.
using Guard = __cxxabiv1::__guard;
// NOLINTBEGIN(readability-identifier-naming): names of the C++ ABI.
ASSAY_HOOK int __cxa_guard_acquire(Guard* guard) {
  if (!ASSAY_OBSERVED_AT(guard)) return ASSAY_REAL(__cxa_guard_acquire)(guard);
  const Hook hook;
  Value value(reinterpret_cast<Address>(guard));
  // Initialized before anything was explored.
  if (*reinterpret_cast<const char*>(guard) != 0) return 0;
  return begin_once(value) ? 1 : 0;
}
ASSAY_HOOK void __cxa_guard_release(Guard* guard) {
  if (!ASSAY_OBSERVED_AT(guard)) return ASSAY_REAL(__cxa_guard_release)(guard);
  end_guard(guard, true);
}
ASSAY_HOOK void __cxa_guard_abort(Guard* guard) {
  if (!ASSAY_OBSERVED_AT(guard)) return ASSAY_REAL(__cxa_guard_abort)(guard);
  end_guard(guard, false);
}
// NOLINTEND(readability-identifier-naming)

// NOLINTNEXTLINE(cert-dcl50-cpp): as the C library declares it.
ASSAY_HOOK long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex && ASSAY_OBSERVED()) {
    const auto* const word = reinterpret_cast<const std::uint32_t*>(arguments[0]);
    const int what = static_cast<int>(arguments[1]) & FUTEX_CMD_MASK;
    timespec limit = {};
    if (what == FUTEX_WAIT || what == FUTEX_WAIT_BITSET)
      return futex_wait(word, static_cast<std::uint32_t>(arguments[2]),
                        limit_of(what, reinterpret_cast<const timespec*>(arguments[3]), &limit));
    if (what == FUTEX_WAKE || what == FUTEX_WAKE_BITSET)
      return futex_wake(word, static_cast<int>(arguments[2]));
    refuse("an operation of futex that is neither to wait nor to wake");
  }
  return ASSAY_REAL(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3],
                             arguments[4], arguments[5]);
}
