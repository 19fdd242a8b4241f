#include "scenarios/scenario.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "models/shared_mapping.h"

namespace assay {
namespace {

std::vector<std::unique_ptr<Scenario>>& registry() {
  static std::vector<std::unique_ptr<Scenario>> all;
  return all;
}

/// What a run leaves for the caller, who may be another process than the host of its units.
struct Left {
  bool ended;
  Outcome outcome;
};

}  // namespace

controlled::ExecutionOptions Scenario::execution_options() const {
  controlled::ExecutionOptions options;
  options.memory = info().memory;
  options.cooperative = info().cooperative;
  options.detect_races = !info().cooperative;
  options.spawned = info().spawned;
  return options;
}

void Scenario::check_units(std::size_t units) const {
  if (units >= info().least_units && units <= info().most_units) return;
  throw std::invalid_argument(
      "scenario " + info().name + ": expected " + std::to_string(info().least_units) + " to " +
      std::to_string(info().most_units) + " units, found " + std::to_string(units));
}

ScenarioRegistration::ScenarioRegistration(std::unique_ptr<Scenario> scenario) {
  if (find_scenario(scenario->info().name) != nullptr)
    throw std::logic_error("two scenarios are called " + scenario->info().name);
  registry().push_back(std::move(scenario));
}

std::vector<const Scenario*> scenarios() {
  std::vector<const Scenario*> all;
  for (const auto& scenario : registry()) all.push_back(scenario.get());
  std::sort(all.begin(), all.end(),
            [](const Scenario* a, const Scenario* b) { return a->info().name < b->info().name; });
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  for (const auto& scenario : registry()) {
    if (scenario->info().name == name) return scenario.get();
  }
  return nullptr;
}

RealRun internal::run_real(BodyRuntime& runtime, std::size_t units, bool hosted,
                           std::chrono::nanoseconds bound, const RealBodies& bodies) {
  const SharedMapping mapping(sizeof(Left));
  auto& left = *new (mapping.data()) Left{false, Outcome(units)};
  Bodies run;
  run.count = units;
  run.task = bodies.body;
  run.shared_bytes = bodies.bytes;
  run.bound = bound;
  run.before = bodies.make;
  run.after = [&](std::byte* memory) {
    Outcome outcome(units);
    left.ended = bodies.finish(memory, outcome);
    left.outcome = outcome;
  };
  RealRun done;
  done.result = hosted ? runtime.run_hosted(run) : runtime.run_here(run);
  if (left.ended) done.outcome = left.outcome;
  if (left.ended && left.outcome.broken() != nullptr) done.broken = left.outcome.broken();
  return done;
}

}  // namespace assay
