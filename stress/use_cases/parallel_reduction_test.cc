#include "stress/use_cases/parallel_reduction.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "stress/use_cases/wrong_runtimes.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

ReductionOptions short_run() {
  ReductionOptions options;
  options.sample = milliseconds(5);
  options.rounds = 6;
  options.duration = milliseconds(200);
  return options;
}

std::vector<ReductionRound> rounds(double speed_up, double cores_given, int count = 12) {
  std::vector<ReductionRound> made;
  for (int i = 0; i < count; ++i) {
    // A disturbance that meets both samples of a round cancels.
    const double scale = 1 + i % 3;
    made.push_back({50e6 * scale, 50e6 * scale / (speed_up + 0.01 * (i % 5)), cores_given});
  }
  return made;
}

TEST(SpeedUp, IsWitnessedByItsWholeInterval) {
  const ReductionResult result = judge_speed_up(rounds(1.8, 1.95), 2, 1);
  EXPECT_EQ(result.outcome, UseCaseOutcome::kWorked) << result.reason;
  EXPECT_NEAR(result.speed_up.value, 1.82, 0.02);
}

TEST(SpeedUp, IsExcludedWhenTwoCoresWereThere) {
  const ReductionResult result = judge_speed_up(rounds(0.99, 1.95), 2, 1);
  EXPECT_EQ(result.outcome, UseCaseOutcome::kFailed) << result.reason;
}

TEST(SpeedUp, IsUndecidedOnALoadedMachine) {
  const ReductionResult result = judge_speed_up(rounds(0.99, 1.1), 2, 1);
  EXPECT_EQ(result.outcome, UseCaseOutcome::kUndecided) << result.reason;
  EXPECT_NE(result.reason.find("0 of 12 rounds"), std::string::npos) << result.reason;
}

TEST(SpeedUp, IsUndecidedInBetween) {
  const ReductionResult result = judge_speed_up(rounds(1.13, 1.95), 2, 1);
  EXPECT_EQ(result.outcome, UseCaseOutcome::kUndecided) << result.reason;
}

TEST(SpeedUp, RoundsOfALoadedMachineDoNotCount) {
  auto mixed = rounds(1.8, 1.95);
  const auto loaded = rounds(0.5, 1.0, 40);
  mixed.insert(mixed.end(), loaded.begin(), loaded.end());
  const ReductionResult result = judge_speed_up(mixed, 2, 1);
  EXPECT_EQ(result.outcome, UseCaseOutcome::kWorked) << result.reason;
  EXPECT_EQ(result.counted, 12);
}

/// A machine that gives these speed-ups, one a measurement, and notes of whom they were asked.
class ScriptedMachine {
 public:
  explicit ScriptedMachine(std::vector<ReductionResult> results, bool one_task = false)
      : results_(std::move(results)), one_task_(one_task) {}

  ReductionResult decide(BodyRuntime& runtime) {
    return decide_parallel_reduction(runtime, {[this](BodyRuntime& asked) {
                                                 asked_.push_back(asked.info().name);
                                                 return results_.at(asked_.size() - 1);
                                               },
                                               [this](BodyRuntime&) { return one_task_; }});
  }
  [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }

 private:
  std::vector<ReductionResult> results_;
  bool one_task_;
  std::vector<std::string> asked_;
};

ReductionResult speed_up(double factor) { return judge_speed_up(rounds(factor, 1.95), 2, 1); }

using Asked = std::vector<std::string>;

TEST(SpeedUpDecision, ASpeedUpNeedsNoControl) {
  ScriptedMachine machine({speed_up(1.8)});
  EXPECT_EQ(machine.decide(std_thread()).outcome, UseCaseOutcome::kWorked);
  EXPECT_EQ(machine.asked(), (Asked{"std_thread"}));
}

TEST(SpeedUpDecision, OneKernelTaskNeedsNoControl) {
  ScriptedMachine machine({speed_up(0.99)}, true);
  EXPECT_EQ(machine.decide(coroutine()).outcome, UseCaseOutcome::kFailed);
  EXPECT_EQ(machine.asked(), (Asked{"coroutine"}));
}

TEST(SpeedUpDecision, AFailedRunNeedsNoControl) {
  ReductionResult crashed;
  crashed.outcome = UseCaseOutcome::kFailed;
  crashed.reason = "the reduction failed: was killed by SIGSEGV";
  ScriptedMachine machine({crashed});
  EXPECT_EQ(machine.decide(std_thread()).reason, crashed.reason);
  EXPECT_EQ(machine.asked(), (Asked{"std_thread"}));
}

TEST(SpeedUpDecision, NoneTwiceWithAControlBetweenIsAFailure) {
  ScriptedMachine machine({speed_up(0.99), speed_up(1.8), speed_up(0.98)});
  const ReductionResult result = machine.decide(std_thread());
  EXPECT_EQ(result.outcome, UseCaseOutcome::kFailed) << result.reason;
  EXPECT_EQ(machine.asked(), (Asked{"std_thread", "fork", "std_thread"}));
}

TEST(SpeedUpDecision, ASpeedUpTheSecondTimeIsASpeedUp) {
  ScriptedMachine machine({speed_up(0.99), speed_up(1.8), speed_up(1.7)});
  EXPECT_EQ(machine.decide(std_thread()).outcome, UseCaseOutcome::kWorked);
}

TEST(SpeedUpDecision, AControlWithoutSpeedUpLeavesItOpen) {
  for (const double control : {0.99, 1.13}) {
    ScriptedMachine machine({speed_up(0.99), speed_up(control)});
    const ReductionResult result = machine.decide(std_thread());
    EXPECT_EQ(result.outcome, UseCaseOutcome::kUndecided) << result.reason;
    EXPECT_NE(result.reason.find("by processes had no speed-up either"), std::string::npos)
        << result.reason;
    EXPECT_EQ(machine.asked(), (Asked{"std_thread", "fork"}));
  }
}

TEST(ParallelReduction, PartsAddUpToTheWhole) {
  const std::vector<std::uint64_t> data{3, 1, 4, 1, 5};
  const std::uint64_t whole = reduce(data, 0, 1'000);
  EXPECT_EQ(reduce(data, 0, 333) + reduce(data, 333, 999) + reduce(data, 999, 1'000), whole);
  EXPECT_NE(reduce(data, 0, 999), whole);
}

TEST(ParallelReduction, ProcessesAndThreadsAreNotSlowedDownByThisMachine) {
  for (BodyRuntime* runtime : {&fork_runtime(), &std_thread()}) {
    const ReductionResult result = run_parallel_reduction(*runtime, short_run());
    EXPECT_NE(result.outcome, UseCaseOutcome::kFailed)
        << runtime->info().name << ": " << result.reason;
  }
}

TEST(ParallelReduction, CoroutinesOfOneThreadHaveNoSpeedUp) {
  const ReductionResult result = run_parallel_reduction(coroutine(), short_run());
  EXPECT_NE(result.outcome, UseCaseOutcome::kWorked) << result.reason;
  // One core, or a load, leaves it undecided; two cores decide it.
  if (result.counted >= kFewestRounds) {
    EXPECT_LT(result.speed_up.interval.low, kSpeedUp);
  }
}

/// The verdict that the evidence of a result demands of threads that run one after another: no
/// speed-up where both measurements saw one core's worth, and the control two.
UseCaseOutcome demanded_of_serial(const ReductionResult& result) {
  const bool too_busy = result.reason.starts_with("the machine is too busy");
  const bool seen = result.counted >= kFewestRounds && result.speed_up.interval.high < kNoSpeedUp;
  return seen && !too_busy ? UseCaseOutcome::kFailed : UseCaseOutcome::kUndecided;
}

TEST(ParallelReduction, SerialThreadsHaveNoSpeedUp) {
  SerialThreads runtime;
  const ReductionResult result = run_parallel_reduction(runtime, short_run());
  EXPECT_EQ(result.outcome, demanded_of_serial(result)) << result.reason;
}

TEST(ParallelReduction, AForgottenPartIsAWrongSum) {
  ForgetfulThreads runtime;
  const ReductionResult result = run_parallel_reduction(runtime, short_run());
  if (result.cores < 2) GTEST_SKIP() << result.reason;
  EXPECT_EQ(result.outcome, UseCaseOutcome::kFailed);
  EXPECT_NE(result.reason.find("expected the sum"), std::string::npos) << result.reason;
}

}  // namespace
}  // namespace assay
