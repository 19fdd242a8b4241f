#include "stress/ladder.h"

#include <algorithm>
#include <limits>

#include "models/machine.h"
#include "properties/live_units.h"

namespace assay {
namespace {

constexpr double kUsed = 0.5;  ///< Of what a limit leaves.

}  // namespace

double UnitLadder::times_away() const {
  return rungs.empty() ? 0 : units_at_limit / static_cast<double>(rungs.back());
}

UnitNeed measured_need(BodyRuntime& runtime) {
  const LiveUnits small = run_live_units(runtime, 10);
  const LiveUnits large = run_live_units(runtime, 60);
  if (!small.complete || !large.complete) return {1, 3, 256.0 * 1024, 0};
  const auto more = static_cast<double>(large.units - small.units);
  const auto each = [&](double a, double b) { return std::max(0.0, (b - a) / more); };
  return {each(static_cast<double>(small.tree.tasks), static_cast<double>(large.tree.tasks)),
          each(static_cast<double>(small.tree.mappings), static_cast<double>(large.tree.mappings)),
          std::max(128.0, each(small.bytes(), large.bytes())), 0};
}

UnitLadder ladder_of(const UnitNeed& need, std::size_t most) {
  const Machine machine = read_machine();
  UnitLadder ladder;
  ladder.units_at_limit = std::numeric_limits<double>::infinity();
  const auto consider = [&](Resource resource, double each) {
    const Limit* limit = machine.tightest(resource);
    if (limit == nullptr || each < 0.01) return;
    const double units = static_cast<double>(limit->left()) / each;
    if (units >= ladder.units_at_limit) return;
    ladder.units_at_limit = units;
    ladder.next_limit = limit->name + " = " + std::to_string(limit->value);
  };
  consider(Resource::kTasks, need.tasks);
  consider(Resource::kMappings, need.mappings);
  consider(Resource::kMemoryBytes, need.bytes);
  consider(Resource::kDescriptors, need.descriptors);
  const double top = std::min(static_cast<double>(most), ladder.units_at_limit * kUsed);
  for (std::size_t units = 1; static_cast<double>(units) <= top; units *= 10) {
    ladder.rungs.push_back(units);
  }
  return ladder;
}

}  // namespace assay
