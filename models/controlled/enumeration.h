/// Enumeration: depth-first search over all schedules, without reduction, or over those with a
/// bounded number of preemptions.
///
/// A preemption takes the turn from a unit that could go on; a step of a store buffer takes it from
/// nobody. Memory is one small record a step of the longest schedule.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "models/controlled/execution.h"

namespace assay::controlled {

class Enumeration {
 public:
  static constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

  explicit Enumeration(std::uint32_t preemptions = kUnbounded) : bound_(preemptions) {}

  /// The next step of the current schedule; kNobody where the schedule would differ from the one
  /// that it repeats.
  Proc pick(const Execution& execution, std::uint64_t choices);
  /// Goes on to the next schedule. False when there is none.
  bool next();
  /// True when a schedule was left out because of the bound.
  [[nodiscard]] bool bounded() const { return left_out_; }
  /// Preemptions of the current schedule.
  [[nodiscard]] std::uint32_t preemptions() const;

 private:
  struct Level {
    std::uint64_t untried;
    std::uint32_t preemptions;  ///< Before this step.
    Proc chosen;
    Proc last;  ///< The unit that could go on, or kNobody.
  };
  [[nodiscard]] static std::uint32_t cost(const Level& level) {
    return level.last != kNobody && !is_buffer(level.chosen) && level.chosen != level.last ? 1 : 0;
  }

  std::uint32_t bound_;
  bool left_out_ = false;
  std::vector<Level> levels_;
};

}  // namespace assay::controlled
