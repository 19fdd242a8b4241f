/// Confinement of the calling kernel task: no privileges, few resources, few system calls.
///
/// Guarantee: after `confine` the task cannot open, create or execute anything, cannot reach
/// another process, and dies at the first system call that a parser does not need. Hazard: it
/// cannot be undone. System calls are made raw, so that only the calling task is confined where the
/// kernel allows that (credentials, filter); limits and dumpability are those of its process.
///
/// Sources: seccomp(2), prctl(2), setrlimit(2), setitimer(2), credentials(7), capabilities(7),
/// user_namespaces(7).
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace assay {

/// What the filter answers to a system call by which a worker would attack: "refused by the
/// filter", where the kernel itself would have said EPERM or ESRCH.
inline constexpr int kRefusedByFilter = 13;  // EACCES

struct ConfinementLimits {
  std::int64_t cpu_ms = 1'000;                           ///< Then SIGPROF ends the process.
  std::uint64_t memory_bytes = std::uint64_t{64} << 20;  ///< On top of what is mapped already.
};

struct Confined {
  const char* failed_step = nullptr;  ///< Null when all layers are in force.
  int error = 0;                      ///< errno of the step that failed.
  /// It stays user 0, without a capability: a user namespace that maps no other user has nobody
  /// else to become. What it may do is then what a user may do who starts as any other.
  bool stays_root = false;

  [[nodiscard]] bool ok() const { return failed_step == nullptr; }
};

/// The filter as a program for the kernel: an allowlist for a parser that is done with its
/// preparations; attacks are answered with kRefusedByFilter, anything else kills the process.
std::vector<sock_filter> sandbox_filter();

/// Confines the calling task, outermost layer first.
Confined confine(const ConfinementLimits& limits);

}  // namespace assay
