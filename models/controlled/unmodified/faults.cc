#include "models/controlled/unmodified/faults.h"

#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "models/controlled/unmodified/hook.h"
#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/places.h"
#include "models/controlled/unmodified/real.h"

namespace assay::unmodified {
namespace {

using controlled::FailureKind;

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
/// Seconds of CPU time without a step after which a unit is stopped.
constexpr int kPatience = 2;
/// Seconds after which a unit is stopped that waits in the kernel.
constexpr int kKernelPatience = 5;
/// Once a second of real time.
const int kTick = SIGRTMAX - 1;

struct Fault {
  int signal = 0;
  Address address = 0;
  std::array<void*, 32> frames{};  ///< Of the explored program, innermost first.
  std::size_t depth = 0;
};
Fault fault;
std::optional<Hung> hung_unit;
std::uint64_t steps_before = 0;
int idle_seconds = 0;
std::uint64_t steps_at_tick = 0;
int ticks_in_kernel = 0;
timer_t ticks;
std::array<struct sigaction, kSignals.size()> actions_before;
std::vector<std::byte> signal_stack;

_Unwind_Reason_Code note_frame(_Unwind_Context* context, void*) {
  int exact = 0;
  const auto pc = _Unwind_GetIPInfo(context, &exact);
  if (pc == 0 || fault.depth == fault.frames.size()) return _URC_END_OF_STACK;
  // As a call would return there, which is what places_of expects.
  if (Image::mine().is_program(pc))
    fault.frames[fault.depth++] = reinterpret_cast<void*>(pc + (exact != 0 ? 1 : 0));
  return _URC_NO_REASON;
}

std::string place_of_fault() {
  const auto* const begin = fault.frames.data();
  const std::string place = places_of({{begin, begin + fault.depth}}).front();
  return place.empty() ? "" : " at " + place;
}

[[noreturn]] void hang(Program& program, FailureKind kind, const std::string& text) {
  hung_unit = {kind, text};
  program.fail_here(kind, text);
}

/// What a fault was, in the words of a unit.
std::string fault_text() {
  if (fault.signal != SIGSEGV && fault.signal != SIGBUS)
    return std::string(strsignal(fault.signal)) + place_of_fault();
  if (world::in_guard(fault.address))
    return "its stack of " + std::to_string(world::kStackBytes >> 20) + " MiB is full" +
           place_of_fault();
  std::array<char, 40> address{};
  std::snprintf(address.data(), address.size(), ", address 0x%zx",
                static_cast<std::size_t>(fault.address));
  return strsignal(fault.signal) + place_of_fault() + address.data();
}

/// Where a unit goes on after a fault; its stack is as if it had just begun.
[[noreturn]] void land() {
  const Hook hook;
  Program& program = hook.program;
  // What it stored last may be what nobody can read.
  program.current().store.bytes = 0;
  const std::string unit = program.unit_text();
  if (fault.signal == SIGVTALRM)
    hang(program, FailureKind::kLivelock,
         unit + " took no step in " + std::to_string(kPatience) + " seconds of CPU time" +
             place_of_fault() + ": an endless loop that touches nothing shared");
  if (fault.signal == kTick)
    hang(program, FailureKind::kDeadlock,
         unit + " waited in the kernel for " + std::to_string(kKernelPatience) + " seconds" +
             place_of_fault() + ", and all others with it: they have one kernel thread");
  program.fail_here(FailureKind::kBadMemory, unit + ": " + fault_text());
}

void note_fault(int signal, Address address) {
  fault.signal = signal;
  fault.address = address;
  fault.depth = 0;
  _Unwind_Backtrace(&note_frame, nullptr);
}

void go_to_landing(const ucontext_t* context, int signal, Address address) {
  auto& registers = const_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  note_fault(signal, address);
  // As after a call: 16 bytes aligned but for the return address.
  const Address top = world::stack_top(Thread::running()->unit()) - 256;
  registers[REG_RSP] = static_cast<greg_t>(top - 8);
  registers[REG_RIP] = reinterpret_cast<greg_t>(&land);
}

void protect_guard(std::size_t slot, int protection) {
  mprotect(reinterpret_cast<void*>(world::stack_bottom(slot) - world::kGuardBytes),
           world::kGuardBytes, protection);
}

void on_signal(int signal, siginfo_t* info, void* context) {
  const auto at = reinterpret_cast<Address>(info->si_addr);
  // Assay's own code, and the C library's for it, goes on to its end: it may hold a lock.
  if (Thread::running() != nullptr && !observing && world::in_guard(at) && !stack_full) {
    note_fault(signal, at);
    stack_full = true;
    return protect_guard(world::slot_of(at), PROT_READ | PROT_WRITE);
  }
  // Also where Assay looks at what the program is about to use.
  if (Thread::running() != nullptr) {
    return go_to_landing(static_cast<ucontext_t*>(context), signal, at);
  }
  // Not of the explored code: as if nobody had asked.
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] == signal) sigaction(signal, &actions_before[i], nullptr);
  }
}

void set_timer(timeval first) {
  const itimerval every = {first, first};
  setitimer(ITIMER_VIRTUAL, &every, nullptr);
}

void on_second(int signal, siginfo_t*, void* context) {
  const Program* const program = Program::mine();
  if (program == nullptr || Thread::running() == nullptr) return;
  if (program->steps() != steps_before) {
    if (idle_seconds >= kPatience) set_timer({1, 0});
    steps_before = program->steps();
    idle_seconds = 0;
    return;
  }
  if (++idle_seconds < kPatience) return;
  // A loop that reads is mostly in Assay's code: soon it is in its own.
  if (!observing) return set_timer({0, 1000});
  go_to_landing(static_cast<ucontext_t*>(context), signal, 0);
}

/// Whether the signal came in a system call: one that is taken up again, or that ends with EINTR.
bool is_in_kernel(const ucontext_t* context) {
  static constexpr std::array<unsigned char, 2> kSyscall = {0x0F, 0x05};
  const auto pc = static_cast<Address>(context->uc_mcontext.gregs[REG_RIP]);
  const auto is_syscall = [](Address at) {
    return std::memcmp(reinterpret_cast<const void*>(at), kSyscall.data(), kSyscall.size()) == 0;
  };
  return is_syscall(pc) || is_syscall(pc - kSyscall.size());
}

void on_tick(int signal, siginfo_t*, void* context) {
  const auto* const where = static_cast<const ucontext_t*>(context);
  const Program* const program = Program::mine();
  const bool waits =
      program != nullptr && observing && program->steps() == steps_at_tick && is_in_kernel(where);
  ticks_in_kernel = waits ? ticks_in_kernel + 1 : 0;
  if (program != nullptr) steps_at_tick = program->steps();
  if (ticks_in_kernel >= kKernelPatience) go_to_landing(where, signal, 0);
}

[[noreturn]] void on_terminate() {
  if (!observing) std::abort();
  const Hook hook;
  std::string text = hook.program.unit_text() + ": std::terminate was called";
  if (const std::exception_ptr thrown = std::current_exception()) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      text += std::string(" for an exception: ") + error.what();
    } catch (...) {
      text += " for an exception";
    }
  }
  hook.program.fail_here(FailureKind::kAssertion, text);
}

}  // namespace

Faults::Faults() {
  hung_unit.reset();
  steps_before = steps_at_tick = 0;
  idle_seconds = ticks_in_kernel = 0;
  signal_stack.resize(std::size_t{64} << 10);
  const stack_t stack = {signal_stack.data(), 0, signal_stack.size()};
  sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  action.sa_sigaction = &on_signal;
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    sigaction(kSignals[i], &action, &actions_before[i]);
  action.sa_sigaction = &on_second;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
  sigaction(SIGVTALRM, &action, nullptr);
  set_timer({1, 0});
  action.sa_sigaction = &on_tick;
  sigaction(kTick, &action, nullptr);
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = kTick;
  timer_create(CLOCK_MONOTONIC, &event, &ticks);
  const itimerspec every = {{1, 0}, {1, 0}};
  timer_settime(ticks, 0, &every, nullptr);
  std::set_terminate(&on_terminate);
}

Faults::~Faults() {
  set_timer({0, 0});
  timer_delete(ticks);
  signal(SIGVTALRM, SIG_DFL);
  signal(kTick, SIG_IGN);
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    sigaction(kSignals[i], &actions_before[i], nullptr);
  const stack_t none = {nullptr, SS_DISABLE, 0};
  sigaltstack(&none, nullptr);
}

bool stack_full = false;

void fail_for_full_stack(Program& program) {
  program.fail_here(FailureKind::kBadMemory, program.unit_text() + ": " + fault_text());
}

void close_stack() {
  if (std::exchange(stack_full, false)) protect_guard(world::slot_of(fault.address), PROT_NONE);
}

const std::optional<Hung>& Faults::hung() { return hung_unit; }

namespace {

[[noreturn]] void end_unit(const std::string& what) {
  const Hook hook;
  hook.program.end_here(what);
}

/// Whether the signal would end the process.
bool is_deadly(int signal) {
  struct sigaction action = {};
  if (sigaction(signal, nullptr, &action) != 0) return false;
  if (std::find(kSignals.begin(), kSignals.end(), signal) != kSignals.end()) return true;
  constexpr std::array kHarmless = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};
  return action.sa_handler == SIG_DFL &&
         std::find(kHarmless.begin(), kHarmless.end(), signal) == kHarmless.end();
}

}  // namespace
}  // namespace assay::unmodified

using assay::unmodified::end_unit;
using assay::unmodified::is_deadly;

ASSAY_HOOK void abort() noexcept {
  if (ASSAY_OBSERVED()) end_unit(": abort was called");
  ASSAY_REAL(abort)();
  __builtin_unreachable();
}
// All that end the process: it would seem to have passed.
#define ASSAY_END(name, ...)                                  \
  ASSAY_HOOK void name(int status) __VA_ARGS__ {              \
    if (ASSAY_OBSERVED()) end_unit(": " #name " was called"); \
    ASSAY_REAL(name)(status);                                 \
    __builtin_unreachable();                                  \
  }
ASSAY_END(exit, noexcept)
ASSAY_END(_exit)
ASSAY_END(_Exit, noexcept)
ASSAY_END(quick_exit, noexcept)
#undef ASSAY_END
ASSAY_HOOK int raise(int signal) noexcept {
  if (ASSAY_OBSERVED() && is_deadly(signal))
    end_unit(std::string(": the signal was raised: ") + strsignal(signal));
  return ASSAY_REAL(raise)(signal);
}
ASSAY_HOOK int kill(pid_t process, int signal) noexcept {
  if (ASSAY_OBSERVED() && process == getpid() && is_deadly(signal))
    end_unit(std::string(": the signal was raised: ") + strsignal(signal));
  return ASSAY_REAL(kill)(process, signal);
}
// NOLINTNEXTLINE(readability-identifier-naming): what assert() calls.
ASSAY_HOOK void __assert_fail(const char* text, const char* file, unsigned line,
                              const char* function) noexcept {
  if (ASSAY_OBSERVED())
    end_unit(std::string(": assert(") + text + ") failed at " + file + ":" + std::to_string(line));
  ASSAY_REAL(__assert_fail)(text, file, line, function);
  __builtin_unreachable();
}
