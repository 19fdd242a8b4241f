#include "models/controlled/explore.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

#include "models/controlled/enumeration.h"
#include "models/controlled/reduction.h"

namespace assay::controlled {
namespace {

std::vector<Proc> schedule_until(const Execution& execution, std::uint32_t steps) {
  return {execution.schedule(), execution.schedule() + steps};
}

/// Executions after one that came to the bound of steps: nothing is exhausted any more, and each
/// may take as long.
constexpr std::uint64_t kAfterCut = 1'000;
/// Steps that a reduced search takes after one: what it learns of an execution takes time by the
/// square of its steps.
constexpr std::uint64_t kStepsAfterCut = 50'000;

class Explorer {
 public:
  Explorer(Subject& subject, const ExploreOptions& options)
      : subject_(subject), options_(options), execution_(std::make_unique<Execution>()) {}

  Exploration run() {
    if (options_.looks_twice && !repeats_itself()) return record_.take();
    switch (options_.strategy) {
      case Strategy::kDfs:
        reduces() ? reduce() : enumerate();
        break;
      case Strategy::kRandom:
        sample(RandomWalk(options_.seed));
        break;
      case Strategy::kPct:
        sample_pct();
        break;
    }
    return record_.take();
  }

 private:
  /// One execution; false when it was given up.
  template <typename Pick>
  bool once(Pick&& pick) {
    const bool complete =
        run_once(*execution_, subject_, options_.execution, outcome_, std::forward<Pick>(pick));
    if (!complete) return false;
    const bool was_cut = result_.cut;
    record_.add(*execution_, outcome_);
    if (result_.cut && !was_cut)
      options_.executions = std::min(options_.executions, tried() + kAfterCut);
    return true;
  }

  /// Whether one schedule leads to the same twice. What differs from one execution to the next,
  /// such as a variable that no execution makes anew, need not show in what a search compares.
  bool repeats_itself() {
    execution_->set_recording(true);
    const auto first_of_all = [](const Execution&, std::uint64_t choices) {
      return static_cast<Proc>(std::countr_zero(choices));
    };
    run_once(*execution_, subject_, options_.execution, outcome_, first_of_all);
    const std::vector<Event> before = execution_->events();
    const Outcome outcome = outcome_;
    run_once(*execution_, subject_, options_.execution, outcome_, first_of_all);
    execution_->set_recording(false);
    const std::vector<Event>& events = execution_->events();
    // A search that compares no steps bears values that differ, such as addresses.
    if (reduces() && before != events) {
      const auto at = std::mismatch(before.begin(), before.end(), events.begin(), events.end());
      differs(static_cast<std::uint32_t>(at.second - events.begin()));
    } else if (!(outcome == outcome_)) {
      differs("outcome");
    }
    return result_.failing == 0;
  }

  [[nodiscard]] std::uint64_t tried() const { return result_.executions + result_.redundant; }

  [[nodiscard]] bool goes_on() const {
    return tried() < options_.executions && !(options_.stop_at_failure && result_.failing > 0);
  }

  [[nodiscard]] bool reduces() const {
    return options_.strategy == Strategy::kDfs && options_.reduce && !options_.preemptions &&
           !options_.execution.cooperative;
  }

  void enumerate() {
    Enumeration all(options_.preemptions.value_or(Enumeration::kUnbounded));
    while (goes_on()) {
      const auto pick = [&](const Execution& execution, std::uint64_t choices) {
        return all.pick(execution, choices);
      };
      if (!once(pick)) return differs(execution_->steps());
      if (!all.next()) {
        result_.exhausted = !result_.cut;
        return;
      }
    }
  }

  void reduce() {
    Reduction classes;
    execution_->set_recording(true);
    std::vector<Event> before;
    std::uint64_t steps_after_cut = 0;
    while (goes_on()) {
      const std::size_t repeated = classes.repeated();
      const auto pick = [&](const Execution& execution, std::uint64_t choices) {
        return classes.pick(execution, choices);
      };
      if (once(pick)) {
        if (const auto at = first_difference(before, repeated)) return differs(*at);
        before = execution_->events();
        classes.learn(*execution_);
      } else if (execution_->steps() < repeated) {
        return differs(execution_->steps());
      } else {
        ++result_.redundant;
      }
      result_.most_branches = classes.most_branches();
      if (result_.cut) steps_after_cut += execution_->steps();
      if (steps_after_cut > kStepsAfterCut) return;
      if (!classes.next()) {
        result_.exhausted = !result_.cut;
        return;
      }
    }
  }

  /// Where the execution did something else than the one whose first steps it repeated.
  std::optional<std::uint32_t> first_difference(const std::vector<Event>& before,
                                                std::size_t repeated) const {
    for (std::size_t i = 0; i < repeated; ++i) {
      if (!(execution_->events()[i] == before[i])) return static_cast<std::uint32_t>(i);
    }
    return std::nullopt;
  }

  void differs(std::uint32_t step) { differs("step " + std::to_string(step + 1)); }

  void differs(const std::string& what) {
    ++result_.failing;
    Failing failing{FailureKind::kNondeterminism,
                    "the same schedule led to another " + what +
                        ": the scenario depends on something that is no operation of it",
                    schedule_until(*execution_, execution_->steps()), std::nullopt};
    result_.failures.at(static_cast<std::size_t>(failing.kind)) = std::move(failing);
  }

  template <typename Walk>
  void sample(Walk walk) {
    while (goes_on()) {
      once([&](const Execution& execution, std::uint64_t choices) {
        return walk.pick(execution, choices);
      });
    }
  }

  void sample_pct() {
    // How long an execution is must be known before: from some random ones, and then from all.
    const bool tso = options_.execution.memory == MemoryModel::kTso;
    const std::size_t procs = subject_.units() * (tso ? 2 : 1);
    std::uint32_t steps = 1;
    RandomWalk walk(options_.seed);
    for (int i = 0; i < 20 && goes_on(); ++i) {
      once([&](const Execution& execution, std::uint64_t choices) {
        return walk.pick(execution, choices);
      });
      steps = std::max(steps, execution_->steps());
    }
    Pct pct(options_.seed, subject_.units(), tso, steps, options_.depth);
    while (goes_on()) {
      pct.begin();
      once([&](const Execution& execution, std::uint64_t choices) {
        return pct.pick(execution, choices);
      });
    }
    result_.pct = certificate(procs, std::max(steps, result_.longest), options_.depth);
  }

  Subject& subject_;
  ExploreOptions options_;
  std::unique_ptr<Execution> execution_;
  Outcome outcome_;
  Record record_;
  Exploration& result_ = record_.result;
};

}  // namespace

void OutcomeCounts::add(const Outcome& outcome) {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (!(counts_[i].first == outcome)) continue;
    ++counts_[i].second;
    if (i > 0 && counts_[i].second > counts_[i - 1].second) std::swap(counts_[i], counts_[i - 1]);
    return;
  }
  if (counts_.size() < kListed) {
    counts_.emplace_back(outcome, 1);
  } else {
    ++others_[outcome];
  }
}

std::map<Outcome, std::uint64_t> OutcomeCounts::all() const {
  std::map<Outcome, std::uint64_t> all = others_;
  for (const auto& [outcome, count] : counts_) all[outcome] += count;
  return all;
}

void Record::add(const Execution& execution, const Outcome& outcome) {
  ++result.executions;
  result.longest = std::max(result.longest, execution.steps());
  const bool failed = execution.failed();
  if (execution.all_ended()) {
    outcomes_.add(outcome);
    for (const auto& [text, held] : outcome.sometimes()) result.sometimes[text] += held ? 1 : 0;
  }
  if (!failed && !execution.race()) [[likely]]
    return;
  ++result.failing;
  if (failed && execution.failure() == FailureKind::kLivelock) result.cut = true;
  const bool known =
      (!failed || has(execution.failure())) && (!execution.race() || has(FailureKind::kDataRace));
  if (known) return;
  for (Failing& failing : failures_of(execution)) {
    auto& first = result.failures.at(static_cast<std::size_t>(failing.kind));
    if (!first) first = std::move(failing);
  }
}

Exploration Record::take() {
  result.outcomes = outcomes_.all();
  return std::move(result);
}

Exploration explore(Subject& subject, const ExploreOptions& options) {
  return Explorer(subject, options).run();
}

std::vector<Failing> failures_of(const Execution& execution) {
  std::vector<Failing> failures;
  if (execution.failed()) {
    const std::uint32_t steps =
        execution.failed_at() == 0 ? execution.steps() : execution.failed_at();
    failures.push_back({execution.failure(), execution.failure_text(),
                        schedule_until(execution, steps), std::nullopt});
  }
  if (execution.race()) {
    const Race& race = *execution.race();
    const auto access = [](std::uint8_t unit, bool writes) {
      return "unit " + std::to_string(unit) + (writes ? " writes" : " reads");
    };
    // Up to the second access, which is a step of its unit.
    std::uint32_t steps = 0;
    for (std::uint32_t left = race.second_step; left > 0; ++steps) {
      if (execution.schedule()[steps] == race.second_unit) --left;
    }
    failures.push_back({FailureKind::kDataRace,
                        access(race.first_unit, race.first_writes) + " and " +
                            access(race.second_unit, race.second_writes) + " " +
                            execution.name_of_object(race.object) +
                            ", and neither happens before the other",
                        schedule_until(execution, steps), race});
  }
  return failures;
}

std::vector<std::string> Exploration::never() const {
  std::vector<std::string> never;
  for (const auto& [text, count] : sometimes) {
    if (count == 0) never.push_back(text);
  }
  return never;
}

const Failing* Exploration::failure() const {
  for (const auto& failing : failures) {
    if (failing) return &*failing;
  }
  return nullptr;
}

}  // namespace assay::controlled
