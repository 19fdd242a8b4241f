#include "stress/grading.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/controlled/explore.h"

namespace assay {
namespace {

using controlled::FailureKind;
using controlled::MemoryModel;

/// Beyond it nothing is held against the explorer.
constexpr std::uint64_t kExecutions = 300'000;

const ExpectedOutcome* described(const ScenarioInfo& info, const std::string& numbers) {
  for (const ExpectedOutcome& outcome : info.outcomes) {
    if (outcome.numbers == numbers) return &outcome;
  }
  return nullptr;
}

Oracle explored(const Scenario& scenario, std::size_t units, MemoryModel memory, bool one_thread) {
  controlled::ExploreOptions options;
  options.execution = scenario.execution_options();
  options.execution.memory = memory;
  options.execution.cooperative = one_thread;
  options.execution.detect_races = false;
  options.executions = kExecutions;
  const auto subject = scenario.subject(units);
  const controlled::Exploration result = controlled::explore(*subject, options);
  Oracle oracle;
  oracle.complete = result.exhausted;
  for (const auto& [outcome, count] : result.outcomes) oracle.outcomes[outcome.text()] += count;
  oracle.breaks_requirement = result.failure(FailureKind::kAssertion) != nullptr;
  for (const FailureKind kind :
       {FailureKind::kDeadlock, FailureKind::kLostWakeup, FailureKind::kLivelock})
    oracle.hangs |= result.failure(kind) != nullptr;
  oracle.name =
      std::string("explorer, ") + std::string(one_thread ? "one thread" : name_of(memory)) + ": " +
      std::to_string(oracle.outcomes.size()) + " outcomes in " +
      (oracle.complete ? "all " : "the first ") + std::to_string(result.executions) + " executions";
  return oracle;
}

/// Grades the outcomes of one histogram.
class Grading {
 public:
  Grading(const Scenario& scenario, const Histogram& histogram, GradedHistogram& graded)
      : info_(scenario.info()),
        histogram_(histogram),
        graded_(graded),
        // What is said of a cooperative scenario is said of units that take turns.
        documented_(!info_.outcomes.empty() && histogram.units == info_.units &&
                    (graded.world == World::kOneThread || !info_.cooperative)) {}

  void run() {
    for (const Seen& seen : histogram_.seen) add(seen);
    for (const auto& [numbers, count] : graded_.oracle.outcomes) add_absent(numbers);
    if (documented_) {
      for (const ExpectedOutcome& expected : info_.outcomes) add_absent(expected.numbers);
    }
    if (histogram_.stuck > 0) add_stuck();
    judge_the_whole();
    for (const GradedOutcome& outcome : graded_.outcomes)
      graded_.standing = std::max(graded_.standing, outcome.standing);
  }

 private:
  void add_absent(const std::string& numbers) {
    for (const GradedOutcome& outcome : graded_.outcomes) {
      if (outcome.numbers == numbers) return;
    }
    add({numbers, "", 0});
  }
  void add(const Seen& seen) {
    GradedOutcome outcome;
    outcome.numbers = seen.numbers;
    outcome.broken = seen.broken;
    outcome.count = seen.count;
    switch (graded_.world) {
      case World::kParallel:
        grade_parallel(outcome);
        break;
      case World::kOneThread:
        grade_in_turns(outcome);
        break;
      case World::kPrivate:
        grade_alone(outcome);
        break;
    }
    if (outcome.count > 0 && outcome.grade == Grade::kForbidden && outcome.remark.empty())
      fail(outcome, "forbidden, and observed");
    if (outcome.count > 0) hold_against_oracle(outcome);
    graded_.outcomes.push_back(std::move(outcome));
  }

  void grade_parallel(GradedOutcome& outcome) {
    const ExpectedOutcome* expected = documented_ ? described(info_, outcome.numbers) : nullptr;
    if (expected == nullptr) return grade_undescribed(outcome);
    outcome.reason = expected->reason;
    switch (expected->reach) {
      case Reach::kForbidden:
        outcome.grade = Grade::kForbidden;
        return;
      case Reach::kRelaxed:
        outcome.grade = Grade::kInteresting;
        outcome.reason = "C++ allows it; " + expected->reason;
        return;
      case Reach::kSc:
      case Reach::kTso:
        break;
    }
    outcome.grade = expected->reach == Reach::kTso ? Grade::kInteresting : Grade::kAcceptable;
    if (!outcome.broken.empty()) outcome.grade = of_broken();
    const bool in_reach = expected->reach == Reach::kSc || machine_memory().has_value();
    if (expected->showing == Showing::kMust && in_reach) must(outcome);
  }
  void must(GradedOutcome& outcome) const {
    outcome.grade = Grade::kMustBeObserved;
    if (outcome.count > 0) return;
    const std::uint64_t samples = histogram_.on_two_cores();
    if (samples >= kEnoughSamples) {
      fail(outcome,
           "must be observed, and was not in " + std::to_string(samples) + " samples on two cores");
    } else {
      outcome.standing = Standing::kInconclusive;
      outcome.remark = "must be observed, in " + std::to_string(kEnoughSamples) +
                       " samples on two cores; there were " + std::to_string(samples);
    }
  }
  void grade_undescribed(GradedOutcome& outcome) {
    outcome.reason = outcome.broken.empty() ? "" : "broken: " + outcome.broken;
    outcome.grade = outcome.broken.empty() ? Grade::kAcceptable : of_broken();
    if (documented_ && outcome.count > 0)
      fail(outcome, "no outcome of the scenario's description; is one missing there?");
  }
  [[nodiscard]] Grade of_broken() const {
    return info_.defect ? Grade::kInteresting : Grade::kForbidden;
  }

  void grade_in_turns(GradedOutcome& outcome) const {
    const bool possible = graded_.oracle.outcomes.contains(outcome.numbers) ||
                          (!outcome.broken.empty() && graded_.oracle.breaks_requirement);
    const ExpectedOutcome* expected = documented_ ? described(info_, outcome.numbers) : nullptr;
    if (!possible && graded_.oracle.complete) {
      outcome.grade = Grade::kForbidden;
      outcome.reason = "units of one thread take turns: no schedule has it";
    } else {
      outcome.grade = outcome.broken.empty() ? Grade::kAcceptable : of_broken();
      outcome.reason = expected != nullptr ? expected->reason : outcome.broken;
    }
  }
  void grade_alone(GradedOutcome& outcome) const {
    const bool possible = graded_.oracle.outcomes.contains(outcome.numbers);
    outcome.grade = possible ? Grade::kAcceptable : Grade::kForbidden;
    outcome.reason = possible ? "each unit sees the initial values and its own writes"
                              : "a unit would see another's write";
  }

  void hold_against_oracle(GradedOutcome& outcome) const {
    const Oracle& oracle = graded_.oracle;
    if (!oracle.complete || oracle.outcomes.contains(outcome.numbers)) return;
    if (!outcome.broken.empty() && oracle.breaks_requirement) return;
    const std::string unexplored = "in no execution of the " + oracle.name;
    fail(outcome, outcome.remark.empty()
                      ? "observed, but " + unexplored + ": either it or what ran here is wrong"
                      : outcome.remark + "; " + unexplored);
  }
  void add_stuck() {
    GradedOutcome outcome;
    outcome.numbers = kNoEnd;
    outcome.count = histogram_.stuck;
    outcome.reason = "units did not end and were removed";
    const bool known = graded_.oracle.hangs || !graded_.oracle.complete;
    outcome.grade = known ? Grade::kInteresting : Grade::kForbidden;
    if (!known)
      fail(outcome, "units hung, which no execution of the " + graded_.oracle.name + " does");
    graded_.outcomes.push_back(std::move(outcome));
  }
  void judge_the_whole() {
    if (const std::string hindrance = histogram_.hindrance(); !hindrance.empty())
      remark(Standing::kInconclusive, hindrance);
    if (histogram_.others > 0) {
      remark(Standing::kFailed, std::to_string(histogram_.others) + " samples have more than the " +
                                    std::to_string(OutcomeTally::kMost) +
                                    " different outcomes that are kept apart");
    }
    if (!graded_.oracle.complete)
      remark(Standing::kFine, "not held against the explorer's set: " + graded_.oracle.name);
  }
  void remark(Standing standing, const std::string& text) {
    graded_.remarks.push_back(text);
    graded_.standing = std::max(graded_.standing, standing);
  }
  static void fail(GradedOutcome& outcome, const std::string& remark) {
    outcome.standing = Standing::kFailed;
    outcome.remark = remark;
  }

  const ScenarioInfo& info_;
  const Histogram& histogram_;
  GradedHistogram& graded_;
  bool documented_;
};

}  // namespace

const char* name_of(Grade grade) {
  constexpr const char* kNames[] = {"forbidden", "acceptable", "interesting", "must be observed"};
  return kNames[static_cast<std::size_t>(grade)];
}

std::optional<MemoryModel> machine_memory() {
#if defined(__x86_64__) || defined(__i386__)
  return MemoryModel::kTso;
#else
  return std::nullopt;
#endif
}

Oracle oracle_of(const Scenario& scenario, std::size_t units, World world) {
  Oracle oracle;
  switch (world) {
    case World::kParallel:
      if (machine_memory()) return explored(scenario, units, *machine_memory(), false);
      oracle.name = "the explorer has no model of this machine's memory";
      return oracle;
    case World::kOneThread:
      return explored(scenario, units, MemoryModel::kSc, true);
    case World::kPrivate:
      break;
  }
  for (const Seen& seen : outcomes_alone(scenario, units)) oracle.outcomes[seen.numbers] += 1;
  oracle.complete = !oracle.outcomes.empty();
  oracle.name = oracle.complete ? "units that ran alone" : "a unit alone does not end";
  return oracle;
}

GradedHistogram grade(const Scenario& scenario, const Histogram& histogram, World world,
                      Oracle oracle) {
  GradedHistogram graded;
  graded.world = world;
  graded.oracle = std::move(oracle);
  Grading(scenario, histogram, graded).run();
  return graded;
}

World world_of(const BodyRuntime& runtime, bool private_memory) {
  if (private_memory) return World::kPrivate;
  return runtime.info().model == Model::kCoroutine ? World::kOneThread : World::kParallel;
}

double samples_for_99_percent(double frequency) {
  if (frequency >= 1) return 1;
  return std::ceil(std::log(0.01) / std::log1p(-frequency));
}

}  // namespace assay
