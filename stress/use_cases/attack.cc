#include "stress/use_cases/attack.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "stress/use_cases/tree_memory.h"

namespace assay {
namespace {

std::size_t index_of(Attack attack) { return static_cast<std::size_t>(attack); }

/// Where the victim keeps the canary of an attack: the same address in a forked child.
std::uint64_t* canary_of(Attack attack, const Victim& victim) {
  return const_cast<std::uint64_t*>(&victim.canaries.at(index_of(attack)));
}

int store(const Victim& victim) {
  *const_cast<volatile std::uint64_t*>(canary_of(Attack::kStore, victim)) = kTampered;
  return 0;
}

int write_with_process_vm(const Victim& victim) {
  std::uint64_t value = kTampered;
  const iovec from{&value, sizeof(value)};
  const iovec to{canary_of(Attack::kProcessVmWritev, victim), sizeof(value)};
  return process_vm_writev(victim.pid, &from, 1, &to, 1, 0) >= 0 ? 0 : errno;
}

int write_to_proc_mem(const Victim& victim) {
  const std::string path = "/proc/" + victim.proc_name + "/mem";
  const int memory = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (memory < 0) return errno;
  const std::uint64_t value = kTampered;
  const auto where = reinterpret_cast<std::uintptr_t>(canary_of(Attack::kProcMem, victim));
  const ssize_t written = pwrite(memory, &value, sizeof(value), static_cast<off_t>(where));
  const int error = written >= 0 ? 0 : errno;
  close(memory);
  return error;
}

int poke_with_ptrace(const Victim& victim) {
  if (ptrace(PTRACE_SEIZE, victim.pid, nullptr, nullptr) != 0) return errno;
  int error = 0;
  if (ptrace(PTRACE_INTERRUPT, victim.pid, nullptr, nullptr) != 0 ||
      waitpid(victim.pid, nullptr, __WALL) != victim.pid ||
      ptrace(PTRACE_POKEDATA, victim.pid, canary_of(Attack::kPtrace, victim), kTampered) != 0) {
    error = errno;
  }
  ptrace(PTRACE_DETACH, victim.pid, nullptr, nullptr);
  return error;
}

}  // namespace

std::string_view to_string(Attack attack) {
  constexpr std::array<std::string_view, kAttacks> kNames{"ordinary store", "process_vm_writev",
                                                          "/proc/PID/mem", "ptrace", "kill"};
  return kNames.at(index_of(attack));
}

void Victim::be_calling_process() {
  pid = getpid();
  proc_name = own_proc_name();
  canaries.fill(kIntact);
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGUSR1);
  sigprocmask(SIG_BLOCK, &held, nullptr);
}

bool Victim::was_hit_by(Attack attack) {
  if (attack != Attack::kSignal) {
    return *const_cast<volatile std::uint64_t*>(canary_of(attack, *this)) != kIntact;
  }
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  return sigismember(&pending, SIGUSR1) == 1;
}

int attack(Attack attack, const Victim& victim, int signal) {
  switch (attack) {
    case Attack::kStore:
      return store(victim);
    case Attack::kProcessVmWritev:
      return write_with_process_vm(victim);
    case Attack::kProcMem:
      return write_to_proc_mem(victim);
    case Attack::kPtrace:
      return poke_with_ptrace(victim);
    case Attack::kSignal:
      // ThreadSanitizer's wrapper makes other calls first, for which the filter kills.
      return syscall(SYS_kill, victim.pid, signal) == 0 ? 0 : errno;
  }
  return ENOSYS;
}

}  // namespace assay
