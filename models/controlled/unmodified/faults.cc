#include "models/controlled/unmodified/faults.h"

#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
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

struct Fault {
  int signal = 0;
  Address address = 0;
  void* pc = nullptr;
};
Fault fault;
std::optional<std::string> hung_text;
std::uint64_t steps_before = 0;
int idle_seconds = 0;
std::array<struct sigaction, kSignals.size()> actions_before;
std::vector<std::byte> signal_stack;

std::string unit_text() { return "unit " + std::to_string(Thread::running()->unit()); }

std::string place_of_fault() {
  const std::string place = places_of({{static_cast<char*>(fault.pc) + 1}}).front();
  return place.empty() ? "" : " at " + place;
}

/// Where a unit goes on after a fault; its stack is as if it had just begun.
[[noreturn]] void land() {
  const Hook hook;
  Program& program = hook.program;
  if (fault.signal == SIGVTALRM) {
    hung_text = unit_text() + " took no step in " + std::to_string(kPatience) +
                " seconds of CPU time" + place_of_fault() +
                ": an endless loop that touches nothing shared";
    program.fail_here(FailureKind::kLivelock, *hung_text);
  }
  std::string text = unit_text() + ": " + strsignal(fault.signal) + place_of_fault();
  if (fault.signal == SIGSEGV || fault.signal == SIGBUS) {
    std::array<char, 40> address{};
    std::snprintf(address.data(), address.size(), ", address 0x%zx",
                  static_cast<std::size_t>(fault.address));
    text += address.data();
  }
  program.fail_here(FailureKind::kBadMemory, text);
}

void go_to_landing(const ucontext_t* context, const Fault& what) {
  auto& registers = const_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  fault = what;
  fault.pc = reinterpret_cast<void*>(registers[REG_RIP]);
  // As after a call: 16 bytes aligned but for the return address.
  const Address top = world::stack_top(Thread::running()->unit()) - 256;
  registers[REG_RSP] = static_cast<greg_t>(top - 8);
  registers[REG_RIP] = reinterpret_cast<greg_t>(&land);
}

void on_signal(int signal, siginfo_t* info, void* context) {
  // Also where Assay looks at what the program is about to use.
  if (Thread::running() != nullptr) {
    return go_to_landing(static_cast<ucontext_t*>(context),
                         {signal, reinterpret_cast<Address>(info->si_addr), nullptr});
  }
  // Not of the explored code: as if nobody had asked.
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] == signal) sigaction(signal, &actions_before[i], nullptr);
  }
}

void on_second(int signal, siginfo_t*, void* context) {
  const Program* const program = Program::mine();
  if (program == nullptr || !observing) return;
  if (program->steps() != steps_before) {
    steps_before = program->steps();
    idle_seconds = 0;
    return;
  }
  if (++idle_seconds >= kPatience)
    go_to_landing(static_cast<ucontext_t*>(context), {signal, 0, nullptr});
}

[[noreturn]] void on_terminate() {
  if (!observing) std::abort();
  const Hook hook;
  std::string text = unit_text() + ": std::terminate was called";
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

void set_timer(int seconds) {
  const itimerval every = {{seconds, 0}, {seconds, 0}};
  setitimer(ITIMER_VIRTUAL, &every, nullptr);
}

}  // namespace

Faults::Faults() {
  hung_text.reset();
  steps_before = 0;
  idle_seconds = 0;
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
  set_timer(1);
  std::set_terminate(&on_terminate);
}

Faults::~Faults() {
  set_timer(0);
  signal(SIGVTALRM, SIG_DFL);
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    sigaction(kSignals[i], &actions_before[i], nullptr);
  const stack_t none = {nullptr, SS_DISABLE, 0};
  sigaltstack(&none, nullptr);
}

const std::optional<std::string>& Faults::hung() { return hung_text; }

namespace {

[[noreturn]] void end_unit(const std::string& what) {
  const Hook hook;
  hook.program.fail_here(FailureKind::kAssertion, unit_text() + what);
}

}  // namespace
}  // namespace assay::unmodified

using assay::unmodified::end_unit;

ASSAY_HOOK void abort() noexcept {
  if (ASSAY_OBSERVED()) end_unit(": abort was called");
  ASSAY_REAL(abort)();
  __builtin_unreachable();
}
ASSAY_HOOK void exit(int status) noexcept {
  if (ASSAY_OBSERVED()) end_unit(": exit was called");
  ASSAY_REAL(exit)(status);
  __builtin_unreachable();
}
// NOLINTNEXTLINE(readability-identifier-naming): what assert() calls.
ASSAY_HOOK void __assert_fail(const char* text, const char* file, unsigned line,
                              const char* function) noexcept {
  if (ASSAY_OBSERVED())
    end_unit(std::string(": assert(") + text + ") failed at " + file + ":" + std::to_string(line));
  ASSAY_REAL(__assert_fail)(text, file, line, function);
  __builtin_unreachable();
}
