/// What an exploration of a scenario came to as JSON: outcomes, failures, and the smallest schedule
/// that fails step by step, with the values of the variables (docs/schema/exploration-1.json).
#pragma once

#include <optional>

#include "models/controlled/schedule.h"
#include "report/json.h"
#include "scenarios/scenario.h"

namespace assay {

inline constexpr int kExplorationSchemaVersion = 1;

/// An exploration that was carried out, and how.
struct ExploredScenario {
  const Scenario* scenario;
  std::size_t units;
  controlled::ExploreOptions options;
  controlled::Exploration result;
  double seconds = 0;
  std::string coverage;  ///< In words: "all 4 inequivalent interleavings explored".
  std::string command;   ///< Shows the same again.
  /// The smallest schedule that fails, where one does, and the command that replays it.
  std::optional<controlled::Story> story;
  std::string replay;
};

Json to_json(const ExploredScenario& explored, const MachineFacts& machine);

}  // namespace assay
