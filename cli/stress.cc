// `assay stress SCENARIO`: its outcomes on real hardware, and what they say.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "cli/command.h"
#include "cli/open_results.h"
#include "cli/options.h"
#include "cli/quantities.h"
#include "cli/say.h"
#include "cli/scenario_flags.h"
#include "models/pinning.h"
#include "scenarios/scenario.h"
#include "stress/grading.h"
#include "stress/outcome_table.h"
#include "stress/outcomes.h"

namespace assay {
namespace {

struct Flags {
  std::string scenario;
  std::string runtime;
  std::string duration = "1s";
  std::string units;
  std::string affinity;
  std::string batch;
  std::string stride;
  std::string groups;
  std::string seed = "1";
  std::string json;
  bool private_memory = false;
  bool fresh = false;
};

/// A runtime and how its units are sampled.
struct Place {
  std::string name;
  std::string flags;  ///< Those that choose it.
  SampleOptions options;
};

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  std::istringstream text(list);
  for (std::string word; std::getline(text, word, ',');) words.push_back(word);
  return words;
}

std::vector<Placement> placements_of(const std::string& list) {
  const Topology topology = read_topology(allowed_cores());
  std::vector<Placement> placements;
  for (const std::string& word : words_of(list)) {
    const auto placement = placement_of(word);
    if (!placement) {
      throw UsageError(
          fmt::format("--affinity: expected same, smt, sibling, far or any, found '{}'", word));
    }
    if (!topology.has(*placement)) {
      std::string there;
      for (const Placement known : topology.placements())
        there += fmt::format("{}{}", there.empty() ? "" : ", ", name_of(known));
      throw UsageError(
          fmt::format("--affinity: this machine has {}, but no cores for '{}'", there, word));
    }
    placements.push_back(*placement);
  }
  return placements;
}

std::vector<std::size_t> counts_of(const char* flag, const std::string& list) {
  constexpr std::uint64_t kMost = 1 << 20;
  std::vector<std::size_t> counts;
  for (const std::string& word : words_of(list)) counts.push_back(parse_count(flag, word, kMost));
  return counts;
}

SampleOptions options_of(const Flags& flags, const ScenarioInfo& info) {
  constexpr std::uint64_t kMostGroups = 4096;
  SampleOptions options;
  options.units = parse_units_of(info, flags.units);
  options.duration = parse_duration(flags.duration);
  options.seed = parse_seed(flags.seed);
  options.placements = placements_of(flags.affinity);
  options.batches = counts_of("--batch", flags.batch);
  options.strides = counts_of("--stride", flags.stride);
  if (!flags.groups.empty()) options.groups = parse_count("--groups", flags.groups, kMostGroups);
  return options;
}

Place place_of(BodyRuntime& runtime, SampleOptions options, bool private_memory, bool fresh) {
  options.runtime = &runtime;
  options.private_memory = private_memory;
  options.rendezvous = !fresh;
  const std::string& name = runtime.info().name;
  return {
      name + (private_memory ? ", private memory" : "") + (fresh ? ", fresh units" : ""),
      "--runtime=" + name + (private_memory ? " --private-memory" : "") + (fresh ? " --fresh" : ""),
      options};
}

/// What the flags name, or all that tell the story of a scenario.
std::vector<Place> places_of(const Flags& flags, const Scenario& scenario) {
  const SampleOptions options = options_of(flags, scenario.info());
  std::vector<Place> places;
  for (Runtime* runtime : parse_runtimes(flags.runtime)) {
    BodyRuntime* bodies = runtime->bodies();
    if (bodies == nullptr) {
      throw UsageError(fmt::format("--runtime: expected one of C++ that runs bodies, found '{}'",
                                   runtime->info().name));
    }
    const bool process = runtime->info().model == Model::kProcess;
    if (flags.private_memory && !process)
      throw UsageError("--private-memory: expected --runtime=fork; units of '" +
                       runtime->info().name + "' share all memory");
    places.push_back(place_of(*bodies, options, flags.private_memory, flags.fresh));
    // Whoever waits for a write of another would wait for ever.
    if (flags.runtime.empty() && process && !flags.fresh &&
        !outcomes_alone(scenario, options.units).empty())
      places.push_back(place_of(*bodies, options, true, false));
  }
  return places;
}

std::string command_of(const Flags& flags, const Place& place) {
  std::string command = fmt::format("assay stress {} {}", flags.scenario, place.flags);
  const std::pair<const char*, const std::string*> given[] = {
      {"duration", &flags.duration}, {"units", &flags.units},   {"affinity", &flags.affinity},
      {"batch", &flags.batch},       {"stride", &flags.stride}, {"groups", &flags.groups},
      {"seed", &flags.seed}};
  for (const auto& [flag, value] : given) {
    if (!value->empty()) command += fmt::format(" --{}={}", flag, *value);
  }
  return command;
}

int exit_status(const std::vector<StressResult>& results) {
  Standing worst = Standing::kFine;
  for (const StressResult& result : results) worst = std::max(worst, result.graded.standing);
  return worst == Standing::kFailed ? 1 : (worst == Standing::kInconclusive ? 3 : 0);
}

int stress(const Flags& flags) {
  const Scenario& scenario = scenario_named(flags.scenario);
  const std::vector<Place> places = places_of(flags, scenario);
  const auto json = open_results(flags.json);
  tell("{}: {}\n{}\n\n", scenario.info().name, scenario.info().title, machine_line());
  std::vector<StressResult> results;
  for (const Place& place : places) {
    const World world = world_of(*place.options.runtime, place.options.private_memory);
    StressResult result{scenario.info().name, place.name, command_of(flags, place), {}, {}};
    result.histogram = sample(scenario, place.options);
    result.graded =
        grade(scenario, result.histogram, world, oracle_of(scenario, place.options.units, world));
    tell("{}\n", to_text(result));
    show_told();
    results.push_back(std::move(result));
  }
  if (results.size() > 1) tell("{}\n", side_by_side(results));
  if (json) json->write(dump(to_json(results), 2) + "\n");
  return exit_status(results);
}

CommandRun set_up(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  app.add_option("scenario", flags->scenario, "Its name, as 'assay explore' lists them")
      ->required();
  app.add_option("--runtime", flags->runtime,
                 "NAME,... or all (default: threads, processes with shared and with private\n"
                 "memory, coroutines)");
  app.add_option("--duration", flags->duration, "On each runtime: 500ms, 10s, 1m (default 1s)");
  app.add_option("--units", flags->units, "How many (default: the scenario's own)");
  app.add_option("--affinity", flags->affinity,
                 "same,smt,sibling,far,any: cores by their distance (default: all there are)");
  app.add_option("--batch", flags->batch, "Instances between two rendezvous (default: swept)");
  app.add_option("--stride", flags->stride, "Instances from one to the next (default: swept)");
  app.add_option("--groups", flags->groups,
                 "Groups of units side by side (default: fill the cores)");
  app.add_option("--seed", flags->seed, "Of random choices (default 1)");
  app.add_option("--json", flags->json, "Write the results to this file as well");
  app.add_flag("--private-memory", flags->private_memory, "Processes that share nothing");
  app.add_flag("--fresh", flags->fresh, "New units for every sample, without a rendezvous");
  app.footer(
      "Exit status: 0 as expected, 1 an outcome is forbidden, undescribed, unexplored or missing,\n"
      "2 wrong usage, 3 not decided here.");
  return [flags](const Words&) { return stress(*flags); };
}

const CommandRegistration kStress("stress",
                                  "Run a scenario on real hardware and grade its outcomes",
                                  &set_up);

}  // namespace
}  // namespace assay
