// POSIX threads as units: create, join, detach, exit, what a thread has of its own, sleep.
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <map>
#include <utility>
#include <vector>

#include "models/controlled/unmodified/hook.h"
#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/real.h"
#include "models/controlled/unmodified/virtual_time.h"

namespace assay::unmodified {
namespace {

constexpr pthread_t kFirstId = 0x7000;
/// Thrown by pthread_exit through the thread's own frames.
struct Exit {};

using Destructor = void (*)(void*);
/// Of keys that were made outside of an execution, or by a library, which keeps them. Never freed.
std::map<pthread_key_t, Destructor>& lasting_keys() {
  static auto* const kKeys = new std::map<pthread_key_t, Destructor>;
  return *kKeys;
}
/// Numbers of keys that were made within an execution are above this.
constexpr pthread_key_t kFirstKey = 1U << 20;

Destructor destructor_of(Program& program, pthread_key_t key) {
  if (key >= kFirstKey) return program.keys().at(key - kFirstKey);
  const auto found = lasting_keys().find(key);
  return found == lasting_keys().end() ? nullptr : found->second;
}

void call_observed(Destructor destroy, void* object) {
  observing = true;
  destroy(object);
  observing = false;
}

/// What a thread does after its function: [basic.stc.thread] first, then the keys, as often as
/// POSIX asks for.
void run_at_exit(Thread& thread) {
  while (!thread.at_exit.empty()) {
    const auto [destroy, object] = thread.at_exit.back();
    thread.at_exit.pop_back();
    call_observed(destroy, object);
  }
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds && !thread.specific.empty(); ++round) {
    for (const auto& [key, value] : std::exchange(thread.specific, {})) {
      const Destructor destroy = destructor_of(*Program::mine(), key);
      if (destroy != nullptr && value != nullptr) call_observed(destroy, value);
    }
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

/// Null where there is none.
Thread* thread_of(Program& program, pthread_t id) {
  return id - kFirstId < program.units() ? program.thread(id - kFirstId) : nullptr;
}

int detach(Program& program, pthread_t id) {
  Thread* const thread = thread_of(program, id);
  if (thread == nullptr) return ESRCH;
  if (std::exchange(thread->detached, true)) return EINVAL;
  program.execution().detach(thread->unit());
  return 0;
}

int create(pthread_t* id, const pthread_attr_t* attributes, void* (*function)(void*),
           void* argument) {
  const Hook hook;
  const auto unit = hook.program.spawn([function, argument] { run_thread(function, argument); });
  if (!unit) return EAGAIN;
  *id = kFirstId + *unit;
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &state);
  return state == PTHREAD_CREATE_DETACHED ? detach(hook.program, *id) : 0;
}

int join(pthread_t id, void** result) {
  const Hook hook;
  Thread* const thread = thread_of(hook.program, id);
  if (thread == nullptr) return ESRCH;
  if (thread == Thread::running()) return EDEADLK;
  // Also the second of two that join the same.
  if (std::exchange(thread->detached, true)) return EINVAL;
  hook.program.wait_for_end(thread->unit());
  if (result != nullptr) *result = thread->result;
  return 0;
}

/// What the kernel thread that runs all units is asked for.
pthread_t kernel_thread(pthread_t id) {
  return Thread::running() != nullptr && thread_of(*Program::mine(), id) != nullptr
             ? ASSAY_REAL(pthread_self)()
             : id;
}

void pass_time(std::uint64_t ns) {
  const Hook hook;
  hook.program.current().time_ns += ns;
  if (hook.program.within_repeats()) return;
  hook.program.step(Op{}, [](Execution&) {});
}

}  // namespace
}  // namespace assay::unmodified

using namespace assay::unmodified;  // NOLINT(google-build-using-namespace): C functions follow.

ASSAY_HOOK int pthread_create(pthread_t* id, const pthread_attr_t* attributes,
                              void* (*function)(void*), void* argument) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_create)(id, attributes, function, argument);
  return create(id, attributes, function, argument);
}
ASSAY_HOOK int pthread_join(pthread_t id, void** result) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_join)(id, result);
  return join(id, result);
}
ASSAY_HOOK int pthread_detach(pthread_t id) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_detach)(id);
  const Hook hook;
  return detach(hook.program, id);
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

ASSAY_HOOK int pthread_getname_np(pthread_t id, char* name, std::size_t bytes) noexcept {
  return ASSAY_REAL(pthread_getname_np)(kernel_thread(id), name, bytes);
}
ASSAY_HOOK int pthread_getaffinity_np(pthread_t id, std::size_t bytes, cpu_set_t* cpus) noexcept {
  return ASSAY_REAL(pthread_getaffinity_np)(kernel_thread(id), bytes, cpus);
}
ASSAY_HOOK int pthread_getattr_np(pthread_t id, pthread_attr_t* attributes) noexcept {
  return ASSAY_REAL(pthread_getattr_np)(kernel_thread(id), attributes);
}
ASSAY_HOOK int pthread_getschedparam(pthread_t id, int* policy, sched_param* parameters) noexcept {
  return ASSAY_REAL(pthread_getschedparam)(kernel_thread(id), policy, parameters);
}
ASSAY_HOOK int pthread_setschedparam(pthread_t id, int policy,
                                     const sched_param* parameters) noexcept {
  return ASSAY_OBSERVED() ? 0 : ASSAY_REAL(pthread_setschedparam)(id, policy, parameters);
}

ASSAY_HOOK int pthread_key_create(pthread_key_t* key, void (*destroy)(void*)) noexcept {
  const void* const caller = __builtin_return_address(0);
  if (!ASSAY_OBSERVED() || !Image::mine().is_program(reinterpret_cast<Address>(caller))) {
    const int error = ASSAY_REAL(pthread_key_create)(key, destroy);
    if (error == 0 && !Image::mine().is_own_code(caller)) {
      const bool was = std::exchange(observing, false);
      lasting_keys()[*key] = destroy;
      observing = was;
    }
    return error;
  }
  const Hook hook;
  std::vector<Destructor>& keys = hook.program.keys();
  if (keys.size() == PTHREAD_KEYS_MAX) return EAGAIN;
  *key = kFirstKey + static_cast<pthread_key_t>(keys.size());
  keys.push_back(destroy);
  return 0;
}
ASSAY_HOOK int pthread_key_delete(pthread_key_t key) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(pthread_key_delete)(key);
  const Hook hook;
  if (key < kFirstKey) {
    // Its number may be that of another one soon.
    lasting_keys().erase(key);
    for (std::size_t unit = 0; unit < hook.program.units(); ++unit) {
      if (Thread* const thread = hook.program.thread(unit)) thread->specific.erase(key);
    }
    return ASSAY_REAL(pthread_key_delete)(key);
  }
  if (key - kFirstKey >= hook.program.keys().size()) return EINVAL;
  hook.program.keys()[key - kFirstKey] = nullptr;
  return 0;
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

// What is not modelled is refused, and not done to the one kernel thread.
// NOLINTBEGIN(bugprone-macro-parentheses): lists of parameters.
#define ASSAY_REFUSED(name, parameters, arguments)            \
  ASSAY_HOOK int name parameters {                            \
    if (!ASSAY_OBSERVED()) return ASSAY_REAL(name) arguments; \
    refuse(#name);                                            \
  }
ASSAY_REFUSED(pthread_cancel, (pthread_t id), (id))
ASSAY_REFUSED(pthread_kill, (pthread_t id, int signal) noexcept, (id, signal))
ASSAY_REFUSED(pthread_tryjoin_np, (pthread_t id, void** result) noexcept, (id, result))
ASSAY_REFUSED(pthread_timedjoin_np, (pthread_t id, void** result, const timespec* until),
              (id, result, until))
ASSAY_REFUSED(pthread_clockjoin_np,
              (pthread_t id, void** result, clockid_t clock, const timespec* until),
              (id, result, clock, until))
ASSAY_REFUSED(fork, () noexcept, ())
// NOLINTEND(bugprone-macro-parentheses)
#undef ASSAY_REFUSED
