/// What the command line says of a scenario: its name, and how many units it has.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace assay {

/// The scenario of that name. Throws UsageError with the nearest name of those that are offered.
const Scenario& scenario_named(const std::string& name,
                               const std::vector<const Scenario*>& offered = scenarios());

/// Of `--units`: the scenario's own number for an empty text. Throws UsageError.
std::size_t parse_units_of(const ScenarioInfo& info, const std::string& text);

}  // namespace assay
