// `assay explore SCENARIO`: a scenario under schedules of the controlled runtime.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>

#include "cli/command.h"
#include "cli/exploration.h"
#include "cli/open_results.h"
#include "cli/quantities.h"
#include "cli/say.h"
#include "cli/scenario_flags.h"
#include "models/controlled/generated.h"
#include "models/controlled/narrative.h"
#include "models/controlled/schedule.h"
#include "report/exploration_json.h"
#include "scenarios/scenario.h"

namespace assay {
namespace {

using controlled::Exploration;
using controlled::MemoryModel;
using controlled::Strategy;

struct Flags {
  std::string scenario;
  std::string strategy = "dfs";
  std::string units;
  std::string memory_model;
  std::string bound;
  std::string depth;
  std::string executions;
  std::string seed = "1";
  std::string replay;
  std::string json;
  bool unreduced = false;
};

std::string counted(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// What the flags ask for.
struct Request {
  const Scenario* scenario;
  std::size_t units;
  bool generated;
  controlled::ExploreOptions options;

  [[nodiscard]] std::unique_ptr<controlled::Subject> subject() const {
    return scenario->subject(units);
  }
  [[nodiscard]] std::string replay_command(const controlled::Story& story) const {
    return fmt::format("assay explore {} --units={} --memory-model={} --replay={}",
                       scenario->info().name, units, name_of(options.execution.memory),
                       story.text());
  }
};

Strategy strategy_of(const std::string& name) {
  if (name == "dfs" || name == "rapidcheck") return Strategy::kDfs;
  if (name == "random") return Strategy::kRandom;
  if (name == "pct") return Strategy::kPct;
  throw UsageError(
      fmt::format("--strategy: expected dfs, random, pct or rapidcheck, found '{}'", name));
}

MemoryModel memory_of(const std::string& name) {
  try {
    return controlled::memory_model_of(name);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("--memory-model: ") + error.what());
  }
}

Request read(const Flags& flags) {
  const Scenario& scenario = scenario_named(flags.scenario);
  const ScenarioInfo& info = scenario.info();
  Request request{&scenario, parse_units_of(info, flags.units), flags.strategy == "rapidcheck", {}};
  auto& options = request.options;
  options.execution = scenario.execution_options();
  options.strategy = strategy_of(flags.strategy);
  if (!flags.memory_model.empty()) options.execution.memory = memory_of(flags.memory_model);
  if (!flags.bound.empty())
    options.preemptions = static_cast<std::uint32_t>(parse_number("--bound", flags.bound, 0, 1000));
  if (options.preemptions && flags.strategy != "dfs")
    throw UsageError("--bound: expected with --strategy=dfs only");
  if (!flags.depth.empty())
    options.depth = static_cast<std::uint32_t>(parse_number("--depth", flags.depth, 1, 20));
  if (!flags.depth.empty() && flags.strategy != "pct")
    throw UsageError("--depth: expected with --strategy=pct only");
  if (flags.unreduced && flags.strategy != "dfs")
    throw UsageError("--unreduced: expected with --strategy=dfs only");
  options.seed = parse_seed(flags.seed);
  options.reduce = !flags.unreduced;
  options.executions = flags.strategy == "dfs" ? 10'000'000 : 100'000;
  if (!flags.executions.empty())
    options.executions = parse_number("--executions", flags.executions, 1, 1'000'000'000'000);
  return request;
}

int list_scenarios() {
  tell("Scenarios: name, units, what is wrong; then what it is\n");
  for (const Scenario* scenario : scenarios()) {
    const ScenarioInfo& info = scenario->info();
    tell("  {:<26} {} to {}  {}\n      {}\n", info.name, info.least_units, info.most_units,
         info.defect ? controlled::name_of(*info.defect) : "-", info.title);
  }
  return 0;
}

/// How far it came, and never more than that.
std::string coverage(const Request& request, const Exploration& result) {
  const auto& options = request.options;
  const std::string bound =
      options.preemptions
          ? fmt::format(" with at most {}", counted(*options.preemptions, "preemption"))
          : "";
  const bool reduced = options.reduce && !options.preemptions && !options.execution.cooperative;
  if (result.exhausted) {
    return fmt::format("all {} {}interleavings{} explored", result.executions,
                       reduced ? "inequivalent " : "", bound);
  }
  if (request.generated) return "interleavings that RapidCheck generated";
  switch (options.strategy) {
    case Strategy::kRandom:
      return "random interleavings";
    case Strategy::kPct:
      return "random interleavings by PCT";
    case Strategy::kDfs:
      break;
  }
  return result.cut ? "not all interleavings: some have no end within the bound of steps"
                    : "not all interleavings: there are more";
}

void print_certificate(const controlled::Certificate& pct, MemoryModel memory) {
  tell(
      "pct: n = {} {}, k = {} steps, depth d = {}: a run finds a defect of this\n"
      "     depth with a probability of at least 1/(n k^(d-1)) = {:.3g}; {} runs miss it with at\n"
      "     most 1%\n",
      pct.procs, memory == MemoryModel::kTso ? "units and store buffers" : "units", pct.steps,
      pct.depth, pct.bound, pct.runs);
}

const ExpectedOutcome* expected(const ScenarioInfo& info, const std::string& numbers) {
  for (const ExpectedOutcome& outcome : info.outcomes) {
    if (outcome.numbers == numbers) return &outcome;
  }
  return nullptr;
}

void print_outcomes(const Request& request, const Exploration& result) {
  const ScenarioInfo& info = request.scenario->info();
  const bool documented = request.units == info.units;
  tell("outcomes\n");
  for (const auto& [outcome, count] : result.outcomes) {
    const ExpectedOutcome* known = documented ? expected(info, outcome.text()) : nullptr;
    tell("  {:<10} {:>10}  {}\n", outcome.text(), count, known ? known->reason : "");
  }
  if (!documented) return;
  for (const ExpectedOutcome& outcome : info.outcomes) {
    if (outcome.reach == Reach::kRelaxed)
      tell("  {:<10} {:>10}  C++ allows it; {}\n", outcome.numbers, "no reach", outcome.reason);
  }
}

/// What the scenario demands that some interleaving reaches.
void print_sometimes(const Exploration& result) {
  if (result.sometimes.empty()) return;
  tell("sometimes\n");
  for (const auto& [text, count] : result.sometimes) {
    tell("  {:<10} {:>10}  {}\n", count > 0 ? "reached" : "NEVER", count, text);
  }
}

struct Smallest {
  controlled::Minimal minimal;
  controlled::Story story;
};

Smallest smallest(const Request& request, const controlled::Failing& failing) {
  const auto subject = request.subject();
  Smallest found;
  found.minimal = controlled::minimize(*subject, request.options.execution, failing);
  controlled::Schedule schedule;
  schedule.steps = found.minimal.failing.schedule;
  found.story = controlled::replay(*subject, request.options.execution, schedule);
  return found;
}

void print_smallest(const Request& request, const Smallest& found) {
  tell("\n{}: {}, {}\n{}replay: {}\n",
       found.minimal.certain ? "the smallest schedule that fails"
                             : "the smallest schedule found so far",
       counted(found.minimal.preemptions, "preemption"),
       counted(found.minimal.failing.schedule.size(), "step"), controlled::table_of(found.story),
       request.replay_command(found.story));
}

int replay(const Request& request, const std::string& text) {
  controlled::Schedule schedule;
  try {
    schedule = controlled::parse_schedule(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--replay: {}", error.what()));
  }
  const controlled::Story story =
      controlled::replay(*request.subject(), request.options.execution, schedule);
  tell("{}", controlled::table_of(story));
  if (story.outcome) tell("outcome: {}\n", story.outcome->text());
  // Of a schedule whose first step could not be taken there is nothing to repeat.
  if (!story.text().empty()) tell("replay: {}\n", request.replay_command(story));
  if (story.mismatch || story.unfinished) return 3;
  return story.failures.empty() ? 0 : 1;
}

ExploredScenario carry_out(const Request& request, const std::string& command) {
  const auto subject = request.subject();
  const auto start = std::chrono::steady_clock::now();
  Exploration result = request.generated ? controlled::explore_generated(*subject, request.options)
                                         : controlled::explore(*subject, request.options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const std::string covered = coverage(request, result);
  return {request.scenario,  request.units, request.options,
          std::move(result), took.count(),  covered,
          command,           std::nullopt,  ""};
}

void add_story(const Request& request, const Smallest& found, ExploredScenario& explored) {
  explored.story = found.story;
  explored.replay = request.replay_command(found.story);
}

/// What shows it again.
std::string command_of(const Words& words) {
  std::string command = "assay";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json")
      ++i;  // Its value is the next word.
    else if (!words[i].starts_with("--json="))
      command += " " + words[i];
  }
  return command;
}

int explore(const Request& request, const Flags& flags, const Words& words) {
  const auto file = open_results(flags.json);
  const ScenarioInfo& info = request.scenario->info();
  tell("{}: {}\n{} units, {}, seed {}\n", info.name, info.title, request.units,
       name_of(request.options.execution.memory), request.options.seed);
  ExploredScenario explored = carry_out(request, command_of(words));
  const Exploration& result = explored.result;
  tell("{} executions in {:.3f} s ({:.0f} a second), {} of them fail; {}\n", result.executions,
       explored.seconds, static_cast<double>(result.executions) / explored.seconds, result.failing,
       explored.coverage);
  if (result.pct) print_certificate(*result.pct, request.options.execution.memory);
  print_outcomes(request, result);
  print_sometimes(result);
  for (const auto& failing : result.failures) {
    if (failing) tell("{}: {}\n", controlled::name_of(failing->kind), failing->text);
  }
  if (!result.passed()) {
    const Smallest found = smallest(request, *result.failure());
    print_smallest(request, found);
    add_story(request, found, explored);
  }
  if (file) file->write(dump(to_json(explored, machine_facts()), 2) + "\n");
  if (!result.passed()) return 1;
  if (result.exhausted && !result.never().empty()) {
    tell("nothing is wrong with it, but none of these interleavings reaches what is demanded\n");
    return 1;
  }
  tell("{}\n", result.exhausted
                   ? "nothing is wrong with it"
                   : fmt::format("nothing was found wrong in {} executions", result.executions));
  return result.exhausted || request.options.strategy != Strategy::kDfs || request.generated ? 0
                                                                                             : 3;
}

CommandRun set_up(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  app.add_option("scenario", flags->scenario, "Its name; without one, scenarios are listed");
  app.add_option("--strategy", flags->strategy, "dfs, random, pct or rapidcheck (default dfs)");
  app.add_option("--units", flags->units, "How many (default: the scenario's own)");
  app.add_option("--memory-model", flags->memory_model,
                 "sc or tso (default: what the defect needs, else sc)");
  app.add_option("--bound", flags->bound, "dfs: at most so many preemptions, without reduction");
  app.add_option("--depth", flags->depth, "pct: the depth of the defect (default 2)");
  app.add_option("--executions", flags->executions,
                 "At most (default 10,000,000 for dfs, else 100,000)");
  app.add_option("--seed", flags->seed, "Of random choices (default 1)");
  app.add_option("--replay", flags->replay, "Repeat one schedule: a2b2a, as a failure prints it");
  app.add_flag("--unreduced", flags->unreduced, "dfs: equivalent interleavings too");
  app.add_option("--json", flags->json, "Write the exploration to this file as well");
  return [flags](const Words& words) {
    if (flags->scenario.empty()) return list_scenarios();
    if (!flags->json.empty() && !flags->replay.empty())
      throw UsageError("--json: of an exploration; leave out --replay");
    const Request request = read(*flags);
    return flags->replay.empty() ? explore(request, *flags, words) : replay(request, flags->replay);
  };
}

const CommandRegistration kExplore("explore", "Run a scenario under every schedule", &set_up);

}  // namespace

std::string exploration_document(const std::string& scenario) {
  Flags flags;
  flags.scenario = scenario;
  const Request request = read(flags);
  ExploredScenario explored = carry_out(request, "assay explore " + scenario);
  if (!explored.result.passed()) {
    add_story(request, smallest(request, *explored.result.failure()), explored);
  }
  return dump(to_json(explored, machine_facts()), -1);
}

}  // namespace assay
