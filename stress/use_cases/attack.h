/// The attacks of a worker on its parent: real ones, which work where nothing forbids them.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

enum class Attack : std::uint8_t {
  kStore,            ///< An ordinary store to the parent's address.
  kProcessVmWritev,  ///< process_vm_writev(2).
  kProcMem,          ///< open and pwrite of /proc/PID/mem, proc(5).
  kPtrace,           ///< PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_POKEDATA, PTRACE_DETACH.
  kSignal,           ///< kill(2).
};
inline constexpr int kAttacks = 5;

std::string_view to_string(Attack attack);

inline constexpr std::uint64_t kIntact = 0x1234'5678'9abc'def0;
inline constexpr std::uint64_t kTampered = 0x0bad'0bad'0bad'0bad;

/// The victim: private memory of the process that starts the workers, one canary an attack, so that
/// each is known by what it changed.
struct Victim {
  pid_t pid = 0;
  /// Its number in the proc that is mounted, which may be that of another pid namespace.
  std::string proc_name;
  std::array<std::uint64_t, kAttacks> canaries{};

  /// Fills it in for the calling process, and holds SIGUSR1 back, which kSignal sends.
  void be_calling_process();
  /// Whether the attack had its effect on the calling process.
  bool was_hit_by(Attack attack);
};

/// Attacks the victim with `signal` for kSignal. Returns 0, or the errno that refused it.
int attack(Attack attack, const Victim& victim, int signal);

}  // namespace assay
