#include "cli/scenario_flags.h"

#include <fmt/format.h>

#include "cli/quantities.h"
#include "cli/suggest.h"

namespace assay {

const Scenario& scenario_named(const std::string& name,
                               const std::vector<const Scenario*>& offered) {
  if (const Scenario* scenario = find_scenario(name)) return *scenario;
  std::vector<std::string> names;
  for (const Scenario* scenario : offered) names.push_back(scenario->info().name);
  throw UsageError(fmt::format("unknown scenario '{}'; {}", name, suggestion(name, names)));
}

std::size_t parse_units_of(const ScenarioInfo& info, const std::string& text) {
  if (text.empty()) return info.units;
  return parse_number("--units", text, info.least_units, info.most_units);
}

}  // namespace assay
