// POSIX threads as units: create, join, detach, exit, what a thread has of its own, time.
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "models/controlled/unmodified/hook.h"
#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/real.h"

namespace assay::unmodified {
namespace {

constexpr pthread_t kFirstId = 0x7000;
/// Thrown by pthread_exit through the thread's own frames.
struct Exit {};

std::uint64_t nanoseconds(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

/// What a thread does after its function.
void run_at_exit(Thread& thread) {
  while (!thread.at_exit.empty()) {
    const auto [destroy, object] = thread.at_exit.back();
    thread.at_exit.pop_back();
    observing = true;
    destroy(object);
    observing = false;
  }
}

void run_thread(void* (*function)(void*), void* argument) {
  Thread& thread = *Thread::running();
  try {
    thread.result = function(argument);
    observing = false;
  } catch (const Exit&) {
    observing = false;
  }
  run_at_exit(thread);
  Program::mine()->settle();
}

int create(pthread_t* id, void* (*function)(void*), void* argument) {
  const Hook hook;
  const auto unit = hook.program.spawn([function, argument] { run_thread(function, argument); });
  if (!unit) return EAGAIN;
  *id = kFirstId + *unit;
  return 0;
}

int join(pthread_t id, void** result) {
  const Hook hook;
  const std::size_t unit = id - kFirstId;
  if (unit >= hook.program.units()) return ESRCH;
  hook.program.wait_for_end(unit);
  if (result != nullptr) *result = hook.program.thread(unit)->result;
  return 0;
}

void pass_time(std::uint64_t ns) {
  const Hook hook;
  hook.program.current().time_ns += ns;
  hook.program.step(Op{}, [](Execution&) {});
}

}  // namespace
}  // namespace assay::unmodified

using namespace assay::unmodified;  // NOLINT(google-build-using-namespace): C functions follow.

ASSAY_HOOK int pthread_create(pthread_t* id, const pthread_attr_t* attributes,
                              void* (*function)(void*), void* argument) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_create)(id, attributes, function, argument);
  return create(id, function, argument);
}
ASSAY_HOOK int pthread_join(pthread_t id, void** result) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_join)(id, result);
  return join(id, result);
}
ASSAY_HOOK int pthread_detach(pthread_t id) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_detach)(id);
  const Hook hook;
  hook.program.execution().detach(id - kFirstId);
  return 0;
}
ASSAY_HOOK pthread_t pthread_self() noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_self)();
  return kFirstId + Thread::running()->unit();
}
ASSAY_HOOK void pthread_exit(void* result) {
  if (!ASSAY_OBSERVED()) {
    ASSAY_REAL(pthread_exit)(result);
    __builtin_unreachable();
  }
  Thread::running()->result = result;
  throw Exit{};
}
ASSAY_HOOK int pthread_setname_np(pthread_t id, const char* name) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(pthread_setname_np)(id, name);
}
ASSAY_HOOK int pthread_setaffinity_np(pthread_t id, std::size_t bytes,
                                      const cpu_set_t* cpus) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(pthread_setaffinity_np)(id, bytes, cpus);
}

ASSAY_HOOK void* pthread_getspecific(pthread_key_t key) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_getspecific)(key);
  const Hook hook;
  const auto& specific = hook.program.current().specific;
  const auto found = specific.find(key);
  return found == specific.end() ? nullptr : found->second;
}
ASSAY_HOOK int pthread_setspecific(pthread_key_t key, const void* value) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_setspecific)(key, value);
  const Hook hook;
  hook.program.current().specific[key] = const_cast<void*>(value);
  return 0;
}

// Destructors of thread_local objects, and of static ones (which begin anew in each execution).
// NOLINTBEGIN(readability-identifier-naming)
extern "C" int __cxa_thread_atexit(void (*destroy)(void*), void* object, void* library) noexcept;
ASSAY_HOOK int __cxa_thread_atexit(void (*destroy)(void*), void* object, void* library) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(__cxa_thread_atexit)(destroy, object, library);
  const Hook hook;
  hook.program.current().at_exit.emplace_back(destroy, object);
  return 0;
}
extern "C" int __cxa_atexit(void (*destroy)(void*), void* object, void* library) noexcept;
ASSAY_HOOK int __cxa_atexit(void (*destroy)(void*), void* object, void* library) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(__cxa_atexit)(destroy, object, library);
}
// NOLINTEND(readability-identifier-naming)

ASSAY_HOOK int sched_yield() noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(sched_yield)();
  pass_time(0);
  return 0;
}
ASSAY_HOOK int nanosleep(const timespec* time, timespec* left) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(nanosleep)(time, left);
  pass_time(nanoseconds(*time));
  return 0;
}
ASSAY_HOOK int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(clock_nanosleep)(clock, flags, time, left);
  pass_time(nanoseconds(*time));
  return 0;
}
ASSAY_HOOK int usleep(useconds_t us) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(usleep)(us);
  pass_time(std::uint64_t{1000} * us);
  return 0;
}
ASSAY_HOOK unsigned sleep(unsigned seconds) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(sleep)(seconds);
  pass_time(std::uint64_t{1'000'000'000} * seconds);
  return 0;
}
// Time stands still but for sleep: each unit has its own, the same in every execution. Who does
// nothing but ask for it is helped on.
ASSAY_HOOK int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(clock_gettime)(clock, time);
  constexpr std::uint64_t kStart = 1'000'000'000'000;
  constexpr std::uint32_t kPatience = 1000;
  Thread& thread = *Thread::running();
  if (++thread.clock_reads > kPatience) thread.time_ns += 1'000'000;
  const std::uint64_t now = std::max(kStart + thread.time_ns, std::exchange(thread.time_out_ns, 0));
  time->tv_sec = static_cast<time_t>(now / 1'000'000'000);
  time->tv_nsec = static_cast<long>(now % 1'000'000'000);  // NOLINT(google-runtime-int)
  return 0;
}
