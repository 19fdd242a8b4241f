/// Hosts: processes in which programs run that may hang, crash or exhaust.
///
/// `run_in_host` forks a keeper, and the keeper forks the host. The keeper is the first process of
/// a pid namespace where one can be had, and a subreaper otherwise. It removes the host at the
/// bound, and *all* descendants when the host ended or the caller died, by SIGKILL too. A host that
/// saw a failure is never used again.
///
/// Hazards: fork before threads (under ThreadSanitizer a child of a process with several threads
/// dies when it starts one). In a pid namespace getpid() is not the number that /proc of the caller
/// shows: use /proc/self and /proc/self/task/TID/children.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "models/trace.h"

namespace assay {

struct HostOptions {
  /// Wall time after which the host is given up and removed. Nothing is judged by it.
  std::chrono::nanoseconds bound = std::chrono::seconds(20);
  /// Where the bound counts from: CLOCK_MONOTONIC in ns, in a shared mapping, which the host sets
  /// forward when it begins another piece of its work. Null: from the start of the host.
  const std::atomic<std::int64_t>* bound_from_ns = nullptr;
  /// Called in the keeper after the host ended, while descendants may go on; they are removed when
  /// it returns true, or after `linger_bound`. Empty: at once.
  std::function<bool()> linger;
  std::chrono::nanoseconds linger_bound{0};
};

struct HostResult {
  End end;             ///< kCompleted, kExited, kSignalled, kThrew or kGaveUp.
  std::string output;  ///< The last 16 KiB of what the host and its descendants printed.
};

/// Runs `work` in a host and waits for its end. What `work` writes to shared mappings that exist
/// before the call is seen by the caller, whatever became of the host. Throws std::system_error,
/// with what to do, when no process can be started.
HostResult run_in_host(const HostOptions& options, const std::function<void()>& work);

/// True when hosts run in a pid namespace of their own, false when a subreaper watches them.
bool hosts_have_pid_namespace();

}  // namespace assay
