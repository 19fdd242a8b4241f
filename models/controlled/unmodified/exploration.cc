#include "models/controlled/unmodified/exploration.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
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

using Clock = std::chrono::steady_clock;
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
  options.looks_twice = false;  // `discover` does, at several schedules.
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
    if (differs_) return nondeterminism();
    const Exploration exploration = search();
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
    // Now that the variables on stacks have names.
    for (std::string& failure : result.failures) failure = program_.with_locals(std::move(failure));
    result.text = program_.with_locals(std::move(result.text));
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

  /// Ends when its time is up; what was found until then is on record.
  Exploration search() {
    begin_ = Clock::now();
    soon_ = begin_ + duration_of(kSecondsAfterFailure);
    if (settings_.seconds) end_ = begin_ + duration_of(*settings_.seconds);
    program_.set_observer([this](const Execution& execution) { note(execution); });
    Exploration exploration;
    try {
      exploration = until_known([&] {
        record_ = controlled::Record();
        return controlled::explore(program_, options_);
      });
    } catch (const TimeUp&) {
      ended_ = Clock::now() >= soon_ ? Ended::kAfterFailure : Ended::kInTime;
      exploration = record_.take();
    }
    program_.set_observer({});
    return exploration;
  }

  void note(const Execution& execution) {
    const bool complete = execution.failed() || execution.choices() == 0;
    if (complete) record_.add(execution, Outcome(program_.units()));
    const Clock::time_point now = Clock::now();
    if (record_.result.failing == 0) soon_ = now + duration_of(kSecondsAfterFailure);
    if (now >= soon_ || (end_ && now >= *end_)) throw TimeUp();
  }

  static Clock::duration duration_of(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
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
    // The same schedules again.
    const std::uint64_t digest = program_.digest();
    const std::size_t shared = program_.shadow().shared().size();
    until_known([&] { return controlled::explore(program_, few); });
    differs_ = program_.digest() != digest || program_.shadow().shared().size() != shared;
  }

  [[nodiscard]] Result nondeterminism() const {
    Result result;
    result.executions = result.failing = 1;
    fill(result);
    result.failures = {
        "nondeterminism: the same schedule led to other steps: the test depends on something that "
        "is not explored, such as a value from outside or data of a library"};
    result.text = result.failures.front() + "\n";
    return result;
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
    const auto once = [&] {
      return until_known(
          [&] { return controlled::replay(program_, options_.execution, schedule); });
    };
    program_.set_narrating(true);
    Story story = once();
    // Again, with the names of what it saw on stacks.
    if (program_.name_locals()) story = once();
    program_.set_narrating(false);
    story.places = places_of(program_.stacks());
    story.places.resize(story.events.size());
    for (const controlled::Event& event : story.events) {
      for (const std::uint64_t value : {event.read, event.written}) {
        if (world::contains(value)) story.values.try_emplace(value, "&" + program_.name_of(value));
      }
    }
    return story;
  }

  void add_smallest(Result& result, const Failing& failing) {
    const controlled::Minimal minimal = until_known(
        [&] { return controlled::minimize(program_, options_.execution, failing, tries()); });
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

  /// Executions to look for a smaller schedule: as many as take seconds.
  [[nodiscard]] std::uint64_t tries() const {
    constexpr std::uint64_t kFewest = 100;
    constexpr std::uint64_t kMost = 50'000;
    const std::chrono::duration<double> spent = Clock::now() - begin_;
    const double each = spent.count() / static_cast<double>(record_.result.executions + 1);
    return std::clamp(static_cast<std::uint64_t>(kSecondsAfterFailure / each), kFewest, kMost);
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
          "{} explored, not all: where a loop had read the same {} times or failed to lock {} "
          "times, others went first or it took its turns at once",
          what, Program::kTurns, Program::kTries);
    }
    if (ended_ == Ended::kInTime) return "not all interleavings: the time was up";
    if (ended_ == Ended::kAfterFailure)
      return fmt::format("not all interleavings: it ended {} seconds after the first failure",
                         kSecondsAfterFailure);
    if (settings_.strategy == "random") return "random interleavings";
    if (settings_.strategy == "pct") return "random interleavings by PCT";
    return exploration.cut ? "not all interleavings: some have no end within the bound of steps"
                           : "not all interleavings: there are more";
  }

  static constexpr int kSecondsAfterFailure = 10;
  Settings settings_;
  Program program_;
  ExploreOptions options_;
  controlled::Record record_;
  Clock::time_point begin_;
  std::optional<Clock::time_point> end_;
  Clock::time_point soon_;  ///< When it ends where something failed.
  enum class Ended : std::uint8_t { kByItself, kInTime, kAfterFailure };
  Ended ended_ = Ended::kByItself;
  bool opaque_ = false;
  bool differs_ = false;
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
    result.failures = {fmt::format("{}: {}", name_of(hung.kind), hung.text)};
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
