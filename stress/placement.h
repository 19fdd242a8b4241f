/// Placement: on which cores the units of a sample run, by their distance.
///
/// How often units meet depends on it more than on anything else (affinity alone can turn none in a
/// million into many), so it is swept. Read once, from /sys/devices/system/cpu; what cannot be read
/// is taken to be a core of its own under one cache. Cores that the process may not use are left
/// out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class Placement : std::uint8_t {
  kSame,     ///< All units on one core: they take turns.
  kSmt,      ///< Hardware threads of one core, with one store buffer each and one L1 cache.
  kSibling,  ///< Cores with a last-level cache in common.
  kFar,      ///< Cores without one.
  kAny,      ///< Where the kernel likes; the only one on which units may move.
};

inline constexpr Placement kPlacements[] = {Placement::kSame, Placement::kSmt, Placement::kSibling,
                                            Placement::kFar, Placement::kAny};

/// "same", "smt", "sibling", "far", "any".
const char* name_of(Placement placement);
std::optional<Placement> placement_of(std::string_view name);

/// One that a kernel task can be pinned to.
struct Cpu {
  int number;
  int core;   ///< The least number of the hardware threads of its core.
  int cache;  ///< The least number of those that share its last-level cache.
};

class Topology {
 public:
  explicit Topology(const std::vector<Cpu>& cpus);

  /// Of all, in ascending order.
  [[nodiscard]] const std::vector<int>& numbers() const { return numbers_; }
  [[nodiscard]] bool has(Placement placement) const;
  /// Those that this machine has, in the order of the enumeration.
  [[nodiscard]] std::vector<Placement> placements() const;
  /// Where unit `unit` of the `group`-th of several groups of `units` runs; nothing for kAny.
  /// Groups are spread over the machine, and share cores when there are more than fit.
  [[nodiscard]] std::optional<int> cpu(Placement placement, std::size_t group, std::size_t unit,
                                       std::size_t units) const;

 private:
  /// One of each core, in lists of those with the same last-level cache.
  std::vector<std::vector<int>> caches_;
  std::vector<std::vector<int>> cores_;  ///< Hardware threads of each core.
  std::vector<int> numbers_;
};

/// `root` is /sys/devices/system/cpu, or a folder like it.
Topology read_topology(const std::vector<int>& allowed,
                       const std::filesystem::path& root = "/sys/devices/system/cpu");

}  // namespace assay
