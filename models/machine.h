/// Machine: what this process may use here, and which limits stand in its way.
///
/// Read once before anything climbs; a limit keeps the name by which a person would raise it.
/// Nothing is changed. What cannot be read is left out, never guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

/// What a limit counts.
enum class Resource : std::uint8_t { kTasks, kMemoryBytes, kAddressBytes, kMappings, kDescriptors };

struct Limit {
  std::string name;     ///< "kernel.pid_max", "cgroup pids.max".
  Resource resource;    ///< What it counts.
  std::uint64_t value;  ///< The limit itself.
  std::uint64_t used;   ///< How much of it is taken now, as far as can be seen.

  [[nodiscard]] std::uint64_t left() const { return value > used ? value - used : 0; }
};

struct Machine {
  std::vector<int> cores;     ///< On which this process may run.
  std::vector<Limit> limits;  ///< RLIMIT_NPROC, threads-max, pid_max, cgroup pids and memory,
                              ///< max_map_count, RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA, available
                              ///< memory.

  /// The limit of a resource that leaves the least, or null when none is known.
  [[nodiscard]] const Limit* tightest(Resource resource) const;
};

/// Reads everything, from /proc, getrlimit(2) and cgroups v1 or v2.
Machine read_machine();

}  // namespace assay
