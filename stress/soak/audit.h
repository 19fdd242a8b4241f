/// Audit: what a soak's rounds leave behind in the machine.
///
/// The process that audits becomes the reaper of its orphans, so that whatever a round started and
/// did not remove comes to it as a child. Where it may (CAP_SYS_ADMIN), it gets an own /dev/shm, an
/// own /tmp and own System V objects, so that all that is found there is the soak's; elsewhere what
/// cannot be told from the work of others is not looked at, and `not_looked_at` says so.
///
/// Hazard: make one, in a process with one thread, before anything that it is to audit.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace assay {

/// All descendants of a process, as the mounted /proc shows them; those that end meanwhile may be
/// missing.
std::vector<pid_t> descendants_of(pid_t root);

class Audit {
 public:
  /// Orphans are given `grace` to end.
  explicit Audit(std::chrono::milliseconds grace = std::chrono::seconds(10));

  /// What is left since the last call, one clause each, such as "a process: assay-host (4711)".
  /// Processes are removed then.
  std::vector<std::string> look();

  /// Also whether the memory of this process grew since it was made.
  std::vector<std::string> look_at_the_end();

  [[nodiscard]] const std::vector<std::string>& not_looked_at() const { return not_looked_at_; }

 private:
  void look_for_processes(std::vector<std::string>& left) const;
  void look_for_descriptors(std::vector<std::string>& left);
  void look_for_names(std::vector<std::string>& left);

  std::vector<std::string> folders_;  ///< In which every new name is the soak's.
  std::vector<std::string> not_looked_at_;
  std::set<std::string> names_;
  std::set<std::string> descriptors_;
  std::uint64_t heap_bytes_ = 0;
  std::chrono::milliseconds grace_;
};

}  // namespace assay
