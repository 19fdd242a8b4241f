// Mutexes and read-write locks of POSIX threads. A lock with a time limit is a try: whether the
// time was up is a choice of the schedule.
#include "models/controlled/unmodified/locks.h"

#include <pthread.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "models/controlled/unmodified/hook.h"
#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/real.h"
#include "models/controlled/unmodified/values.h"

namespace assay::unmodified {

using controlled::FailureKind;
using controlled::MutexState;

Object& mutex_at(Program& program, const pthread_mutex_t* mutex) {
  return program.object(Object::Kind::kMutex, reinterpret_cast<Address>(mutex));
}

void note_held(Program& program, const Object& mutex, bool now) {
  program.current().holding += now ? 1 : -1;
  program.current().held ^= (mutex.address + 1) * 0x9E3779B97F4A7C15U;
}

void lock_again(Program& program, Object& mutex) {
  constexpr int kKind = static_cast<int>(OpKind::kLock);
  const std::uint64_t state = program.before_read(kKind, mutex.address);
  program.after_read({kKind, mutex.address, 0, 0, state});
  program.waiting_step(mutex.mutex->make_lock(), &MutexState::free, &*mutex.mutex,
                       [&](Execution& execution) { mutex.mutex->take(execution); });
  note_held(program, mutex, true);
}

namespace {

int kind_of(const pthread_mutex_t* mutex) { return mutex->__data.__kind & 3; }

/// Held already by the unit that asks: 0 when the lock is recursive, an error where it checks.
std::optional<int> relock(Program& program, Object& object, const pthread_mutex_t* mutex,
                          int otherwise) {
  if (!object.mutex->held_by_current(program.execution())) return std::nullopt;
  if (kind_of(mutex) == PTHREAD_MUTEX_RECURSIVE_NP) {
    ++object.depth;
    return 0;
  }
  if (kind_of(mutex) == PTHREAD_MUTEX_ERRORCHECK_NP) return otherwise;
  return std::nullopt;
}

int lock(const pthread_mutex_t* mutex) {
  const Hook hook;
  Object& object = mutex_at(hook.program, mutex);
  if (const auto done = relock(hook.program, object, mutex, EDEADLK)) return *done;
  lock_again(hook.program, object);
  return 0;
}

/// Returns 0, or `failure`.
int try_to_take(Program& program, Object& object, int failure) {
  constexpr int kKind = static_cast<int>(OpKind::kTryLock);
  if (program.repeats(kKind, object.address)) return failure;
  const std::uint64_t state = program.before_read(kKind, object.address);
  const bool done = program.step(object.mutex->make_try_lock(), [&](Execution& execution) {
    return object.mutex->try_take(execution);
  });
  if (done) {
    note_held(program, object, true);
    return 0;
  }
  program.after_read({kKind, object.address, 0, 0, state, &*object.mutex});
  return failure;
}

void give_up(Program& program, Object& object) {
  const bool mine = object.mutex->held_by_current(program.execution());
  program.step(object.mutex->make_unlock(),
               [&](Execution& execution) { object.mutex->give_up(execution); });
  if (mine) note_held(program, object, false);
}

int try_lock(const pthread_mutex_t* mutex, int failure) {
  const Hook hook;
  Object& object = mutex_at(hook.program, mutex);
  if (const auto done = relock(hook.program, object, mutex, failure)) return *done;
  return try_to_take(hook.program, object, failure);
}

int unlock(const pthread_mutex_t* mutex) {
  const Hook hook;
  Object& object = mutex_at(hook.program, mutex);
  const bool mine = object.mutex->held_by_current(hook.program.execution());
  if (mine && object.depth > 0) {
    --object.depth;
    return 0;
  }
  if (!mine && kind_of(mutex) == PTHREAD_MUTEX_ERRORCHECK_NP) return EPERM;
  give_up(hook.program, object);
  return 0;
}

// A spin lock is a mutex: who waits for one waits.
Object& spin_lock_at(Program& program, const volatile void* lock) {
  return program.object(Object::Kind::kMutex, reinterpret_cast<Address>(lock));
}

int spin_lock(const volatile void* lock) {
  const Hook hook;
  lock_again(hook.program, spin_lock_at(hook.program, lock));
  return 0;
}
int spin_try_lock(const volatile void* lock) {
  const Hook hook;
  return try_to_take(hook.program, spin_lock_at(hook.program, lock), EBUSY);
}
int spin_unlock(const volatile void* lock) {
  const Hook hook;
  give_up(hook.program, spin_lock_at(hook.program, lock));
  return 0;
}

// A read-write lock is the number of its readers, or -1 for a writer.
Value rwlock_at(const void* lock) { return Value(reinterpret_cast<Address>(lock)); }

int read_lock(const void* lock) {
  const Hook hook;
  rwlock_at(lock).update_when(controlled::Compare::kAtLeast, 0, [](auto old) { return old + 1; });
  return 0;
}
int write_lock(const void* lock) {
  const Hook hook;
  rwlock_at(lock).update_when(controlled::Compare::kEqual, 0, [](auto) { return -1; });
  return 0;
}
int try_read_lock(const void* lock, int failure) {
  const Hook hook;
  const auto old = rwlock_at(lock).update([](auto v) { return v >= 0 ? v + 1 : v; });
  return old >= 0 ? 0 : failure;
}
int try_write_lock(const void* lock, int failure) {
  const Hook hook;
  const auto old = rwlock_at(lock).update([](auto v) { return v == 0 ? -1 : v; });
  return old == 0 ? 0 : failure;
}
int rwlock_unlock(const void* lock) {
  const Hook hook;
  const auto old = rwlock_at(lock).update([](auto v) { return v > 0 ? v - 1 : 0; });
  if (old == 0)
    hook.program.fail_here(FailureKind::kLockMisuse,
                           "unit " + std::to_string(hook.program.current().unit()) +
                               " unlocked a read-write lock that nobody held");
  return 0;
}

/// Locks of std::shared_ptr's atomic functions, as many as a key of std::_Sp_locker tells apart.
constinit std::array<pthread_mutex_t, 256> of_shared_pointers{};

unsigned char key_of(const void* shared_pointer) {
  return static_cast<unsigned char>(reinterpret_cast<Address>(shared_pointer) /
                                    sizeof(std::shared_ptr<int>));
}
void lock_shared_pointer(unsigned char key) {
  pthread_mutex_t* const mutex = &of_shared_pointers[key];
  if (observing)
    lock(mutex);
  else
    ASSAY_REAL(pthread_mutex_lock)(mutex);
}
void unlock_shared_pointer(unsigned char key) {
  pthread_mutex_t* const mutex = &of_shared_pointers[key];
  if (observing)
    unlock(mutex);
  else
    ASSAY_REAL(pthread_mutex_unlock)(mutex);
}

}  // namespace
}  // namespace assay::unmodified

using namespace assay::unmodified;  // NOLINT(google-build-using-namespace): C functions follow.

ASSAY_HOOK int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  return ASSAY_OBSERVED_AT(mutex) ? lock(mutex) : ASSAY_REAL(pthread_mutex_lock)(mutex);
}
ASSAY_HOOK int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  return ASSAY_OBSERVED_AT(mutex) ? try_lock(mutex, EBUSY)
                                  : ASSAY_REAL(pthread_mutex_trylock)(mutex);
}
ASSAY_HOOK int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  return ASSAY_OBSERVED_AT(mutex) ? try_lock(mutex, ETIMEDOUT)
                                  : ASSAY_REAL(pthread_mutex_timedlock)(mutex, until);
}
ASSAY_HOOK int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                       const timespec* until) noexcept {
  return ASSAY_OBSERVED_AT(mutex) ? try_lock(mutex, ETIMEDOUT)
                                  : ASSAY_REAL(pthread_mutex_clocklock)(mutex, clock, until);
}
ASSAY_HOOK int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  return ASSAY_OBSERVED_AT(mutex) ? unlock(mutex) : ASSAY_REAL(pthread_mutex_unlock)(mutex);
}
ASSAY_HOOK int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  return ASSAY_OBSERVED_AT(mutex) ? 0 : ASSAY_REAL(pthread_mutex_destroy)(mutex);
}

ASSAY_HOOK int pthread_spin_init(pthread_spinlock_t* lock, int shared) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(pthread_spin_init)(lock, shared);
}
ASSAY_HOOK int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  return ASSAY_OBSERVED() ? spin_lock(lock) : ASSAY_REAL(pthread_spin_lock)(lock);
}
ASSAY_HOOK int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  return ASSAY_OBSERVED() ? spin_try_lock(lock) : ASSAY_REAL(pthread_spin_trylock)(lock);
}
ASSAY_HOOK int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  return ASSAY_OBSERVED() ? spin_unlock(lock) : ASSAY_REAL(pthread_spin_unlock)(lock);
}
ASSAY_HOOK int pthread_spin_destroy(pthread_spinlock_t* lock) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(pthread_spin_destroy)(lock);
}

ASSAY_HOOK int pthread_rwlock_rdlock(pthread_rwlock_t* at) noexcept {
  return ASSAY_OBSERVED() ? read_lock(at) : ASSAY_REAL(pthread_rwlock_rdlock)(at);
}
ASSAY_HOOK int pthread_rwlock_wrlock(pthread_rwlock_t* at) noexcept {
  return ASSAY_OBSERVED() ? write_lock(at) : ASSAY_REAL(pthread_rwlock_wrlock)(at);
}
ASSAY_HOOK int pthread_rwlock_tryrdlock(pthread_rwlock_t* at) noexcept {
  return ASSAY_OBSERVED() ? try_read_lock(at, EBUSY) : ASSAY_REAL(pthread_rwlock_tryrdlock)(at);
}
ASSAY_HOOK int pthread_rwlock_trywrlock(pthread_rwlock_t* at) noexcept {
  return ASSAY_OBSERVED() ? try_write_lock(at, EBUSY) : ASSAY_REAL(pthread_rwlock_trywrlock)(at);
}
ASSAY_HOOK int pthread_rwlock_timedrdlock(pthread_rwlock_t* at, const timespec* until) noexcept {
  return ASSAY_OBSERVED() ? try_read_lock(at, ETIMEDOUT)
                          : ASSAY_REAL(pthread_rwlock_timedrdlock)(at, until);
}
ASSAY_HOOK int pthread_rwlock_timedwrlock(pthread_rwlock_t* at, const timespec* until) noexcept {
  return ASSAY_OBSERVED() ? try_write_lock(at, ETIMEDOUT)
                          : ASSAY_REAL(pthread_rwlock_timedwrlock)(at, until);
}
ASSAY_HOOK int pthread_rwlock_clockrdlock(pthread_rwlock_t* at, clockid_t clock,
                                          const timespec* until) noexcept {
  return ASSAY_OBSERVED() ? try_read_lock(at, ETIMEDOUT)
                          : ASSAY_REAL(pthread_rwlock_clockrdlock)(at, clock, until);
}
ASSAY_HOOK int pthread_rwlock_clockwrlock(pthread_rwlock_t* at, clockid_t clock,
                                          const timespec* until) noexcept {
  return ASSAY_OBSERVED() ? try_write_lock(at, ETIMEDOUT)
                          : ASSAY_REAL(pthread_rwlock_clockwrlock)(at, clock, until);
}
ASSAY_HOOK int pthread_rwlock_unlock(pthread_rwlock_t* at) noexcept {
  return ASSAY_OBSERVED() ? rwlock_unlock(at) : ASSAY_REAL(pthread_rwlock_unlock)(at);
}
ASSAY_HOOK int pthread_rwlock_destroy(pthread_rwlock_t* at) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(pthread_rwlock_destroy)(at);
}

// What std::atomic_load, std::atomic_store and the others take for a std::shared_ptr. That of
// libstdc++ has its mutexes in data of its own, which are nobody's steps, and holds them while the
// program copies.
// NOLINTBEGIN(cert-dcl58-cpp): they are declared there.
std::_Sp_locker::_Sp_locker(const void* first) noexcept : _Sp_locker(first, first) {}
std::_Sp_locker::_Sp_locker(const void* first, const void* second) noexcept
    : _M_key1(key_of(first)), _M_key2(key_of(second)) {
  // In one order, whoever comes.
  if (_M_key2 < _M_key1) std::swap(_M_key1, _M_key2);
  lock_shared_pointer(_M_key1);
  if (_M_key2 != _M_key1) lock_shared_pointer(_M_key2);
}
std::_Sp_locker::~_Sp_locker() {
  if (_M_key2 != _M_key1) unlock_shared_pointer(_M_key2);
  unlock_shared_pointer(_M_key1);
}
// NOLINTEND(cert-dcl58-cpp)
