#include "models/controlled/unmodified/exploration.h"

#include <fmt/format.h>

#include <stdexcept>

#include "models/controlled/explore.h"
#include "models/controlled/narrative.h"
#include "models/controlled/schedule.h"
#include "models/controlled/unmodified/faults.h"
#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/places.h"
#include "models/controlled/unmodified/program.h"

namespace assay::unmodified {
namespace {

using controlled::Exploration;
using controlled::ExploreOptions;
using controlled::Failing;
using controlled::MemoryModel;
using controlled::Story;
using controlled::Strategy;

Strategy strategy_of(const std::string& name) {
  if (name == "dfs") return Strategy::kDfs;
  if (name == "random") return Strategy::kRandom;
  if (name == "pct") return Strategy::kPct;
  throw std::invalid_argument("strategy: expected dfs, random or pct, found '" + name + "'");
}

ExploreOptions options_of(const Settings& settings, bool spawned) {
  ExploreOptions options;
  options.execution.memory = controlled::memory_model_of(settings.memory_model);
  options.execution.spawned = spawned;
  options.execution.detect_races = settings.detect_races;
  options.execution.max_steps = settings.most_steps;
  options.strategy = strategy_of(settings.strategy);
  options.reduce = settings.reduce;
  options.preemptions = settings.bound;
  options.executions = settings.executions;
  options.seed = settings.seed;
  options.depth = settings.depth;
  options.stop_at_failure = false;
  return options;
}

class Explorer {
 public:
  Explorer(const std::vector<std::function<void()>>& bodies, const Settings& settings)
      : settings_(settings),
        program_(bodies, settings.at_end),
        options_(options_of(settings, program_.spawns())) {}

  Result run() {
    discover();
    if (!settings_.replay.empty()) return replay();
    const Exploration exploration =
        until_known([&] { return controlled::explore(program_, options_); });
    Result result;
    result.executions = exploration.executions;
    result.failing = exploration.failing;
    result.exhausted = exploration.exhausted && !program_.held_back();
    fill(result);
    result.text = headline(exploration, result);
    for (const auto& failing : exploration.failures) {
      if (!failing) continue;
      result.failures.push_back(fmt::format("{}: {}", name_of(failing->kind), failing->text));
      result.text += result.failures.back() + "\n";
    }
    if (const Failing* failing = exploration.failure()) add_smallest(result, *failing);
    return result;
  }

 private:
  /// Begins again with what was found to be shared, until nothing more is.
  template <typename Function>
  auto until_known(Function function) -> decltype(function()) {
    for (;;) {
      program_.begin_pass();
      try {
        return function();
      } catch (const Grown&) {
        continue;
      }
    }
  }

  /// What a few executions at random find to be shared: the same in every process, so that
  /// schedules mean the same. Where a search finds more, it begins again.
  void discover() {
    ExploreOptions few = options_;
    few.strategy = Strategy::kRandom;
    few.executions = 20;
    program_.set_room(true);
    until_known([&] { return controlled::explore(program_, few); });
    program_.set_room(false);
    std::uint64_t steps = program_.steps();
    until_known([&] { return controlled::explore(program_, few); });
    opaque_ = program_.steps() == steps;
  }

  void fill(Result& result) const {
    result.units = program_.units();
    result.shared = program_.shadow().shared().size();
    result.opaque = opaque_ && result.failing == 0;
  }

  Result replay() {
    const controlled::Schedule schedule = controlled::parse_schedule(settings_.replay);
    Story story = tell(schedule);
    if (story.mismatch) {
      // The search found more to be shared than the few executions did; so it may again.
      until_known([&] { return controlled::explore(program_, options_); });
      story = tell(schedule);
    }
    Result result;
    result.executions = 1;
    result.failing = story.failures.empty() && !story.mismatch ? 0 : 1;
    fill(result);
    for (const Failing& failing : story.failures)
      result.failures.push_back(fmt::format("{}: {}", name_of(failing.kind), failing.text));
    if (story.mismatch) result.failures.push_back("nondeterminism: " + *story.mismatch);
    result.schedule = story.text();
    result.text = controlled::table_of(story);
    return result;
  }

  Story tell(const controlled::Schedule& schedule) {
    program_.set_narrating(true);
    Story story =
        until_known([&] { return controlled::replay(program_, options_.execution, schedule); });
    program_.set_narrating(false);
    story.places = places_of(program_.stacks());
    story.places.resize(story.events.size());
    return story;
  }

  void add_smallest(Result& result, const Failing& failing) {
    const controlled::Minimal minimal = until_known(
        [&] { return controlled::minimize(program_, options_.execution, failing, kMinimizing); });
    controlled::Schedule schedule;
    schedule.steps = minimal.failing.schedule;
    const Story story = tell(schedule);
    result.schedule = story.text();
    result.text += fmt::format(
        "\n{}: {} preemption{}, {} steps\n{}",
        minimal.certain ? "the smallest schedule that fails" : "the smallest schedule found so far",
        minimal.preemptions, minimal.preemptions == 1 ? "" : "s", schedule.steps.size(),
        controlled::table_of(story));
  }

  [[nodiscard]] std::string headline(const Exploration& exploration, const Result& result) const {
    std::string text =
        fmt::format("{} units, {} pieces of shared memory, {}, seed {}\n{} execution{}",
                    result.units, result.shared, settings_.memory_model, settings_.seed,
                    exploration.executions, exploration.executions == 1 ? "" : "s");
    if (exploration.failing > 0) text += fmt::format(", {} of them fail", exploration.failing);
    text += "; " + coverage(exploration) + "\n";
    if (exploration.failing == 0 && program_.weak_stores() &&
        options_.execution.memory == MemoryModel::kSc)
      text += "not explored: atomic stores that wait in a store buffer (memory model tso)\n";
    return text;
  }

  [[nodiscard]] std::string coverage(const Exploration& exploration) const {
    if (opaque_)
      return "opaque: no step of two units on shared memory was seen, nothing is verified";
    if (exploration.exhausted) {
      const bool reduced = settings_.reduce && !settings_.bound;
      const std::string what = fmt::format(
          "{} {}interleavings{}", exploration.executions, reduced ? "inequivalent " : "",
          settings_.bound ? fmt::format(" with at most {} preemptions", *settings_.bound) : "");
      if (!program_.held_back()) return "all " + what + " explored";
      return fmt::format(
          "{} explored, not all: others went first where a loop had read the same {} times or "
          "failed to lock {} times",
          what, Program::kTurns, Program::kTries);
    }
    if (settings_.strategy == "random") return "random interleavings";
    if (settings_.strategy == "pct") return "random interleavings by PCT";
    return exploration.cut ? "not all interleavings: some have no end within the bound of steps"
                           : "not all interleavings: there are more";
  }

  static constexpr std::uint64_t kMinimizing = 50'000;
  Settings settings_;
  Program program_;
  ExploreOptions options_;
  bool opaque_ = false;
};

}  // namespace

Result explore_unmodified(const std::vector<std::function<void()>>& bodies,
                          const Settings& settings) {
  const Faults faults;
  try {
    return Explorer(bodies, settings).run();
  } catch (const Hung& hung) {
    // What the others do in the meantime is beyond finding out.
    Result result;
    result.executions = result.failing = 1;
    result.failures = {"livelock: " + hung.text};
    result.text = result.failures.front() + "\n";
    return result;
  }
}

void fail_unmodified(const std::string& text) {
  Program::mine()->execution().fail(controlled::FailureKind::kAssertion, text);
}

std::vector<std::string> unseen() {
  std::vector<std::string> all;
  for (const std::string& unit : Image::mine().not_instrumented())
    all.push_back(unit + ": compiled without -fsanitize=thread");
  for (const std::string& library : Image::mine().libraries())
    all.push_back(library + ": a library that is not instrumented");
  return all;
}

}  // namespace assay::unmodified
