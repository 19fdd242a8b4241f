/// Pacing: how much effort the cells of a plan get, so that each of them is measured in time.
///
/// On a machine at rest every cell gets the effort of the plan. Where the time that is left would
/// not do, it is shared between the cells that are left, by what they need; on a busy machine,
/// where cells take longer than they were given, each is given that much less.
#pragma once

#include <cstddef>
#include <optional>

#include "report/run.h"

namespace assay {

/// How long a cell is expected to take on a machine at rest, in seconds.
double expected_seconds(TraitId trait, Effort effort);

class Pacing {
 public:
  explicit Pacing(const RunPlan& plan) : plan_(&plan) {}

  /// What a cell is observed with, when `left_s` seconds are left for it and all after it; nothing:
  /// there is no limit.
  [[nodiscard]] ProbeOptions options_of(std::size_t cell, std::optional<double> left_s) const;

  /// A cell took so many seconds with these options.
  void note(std::size_t cell, const ProbeOptions& options, double took_s);

  /// How many times longer than planned cells have taken so far; 1 when they keep to it.
  [[nodiscard]] double slowness() const;

 private:
  const RunPlan* plan_;
  double planned_s_ = 0;
  double took_s_ = 0;
};

}  // namespace assay
