/// A ladder of unit counts for one runtime: 1, 10, 100, ... to a limit that has a name.
///
/// Guarantee: no rung takes more than half of what any limit leaves, so that a ladder ends before
/// the machine does. What a unit takes is measured first, with a few of them (a runtime that cannot
/// have units alive at once has a ladder of what it can).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/runtime.h"

namespace assay {

/// What one more unit takes.
struct UnitNeed {
  double tasks = 0;
  double mappings = 0;
  double bytes = 0;
  double descriptors = 0;
};

struct UnitLadder {
  std::vector<std::size_t> rungs;
  std::string next_limit;     ///< "kernel.pid_max = 32768".
  double units_at_limit = 0;  ///< How many units it would allow.

  /// How many times the highest rung the next limit is.
  [[nodiscard]] double times_away() const;
};

/// From a few live units; what cannot be measured is taken as that of a heavy unit.
UnitNeed measured_need(BodyRuntime& runtime);

/// The rungs up to `most`.
UnitLadder ladder_of(const UnitNeed& need, std::size_t most);

}  // namespace assay
