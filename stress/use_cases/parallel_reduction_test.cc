#include "stress/use_cases/parallel_reduction.h"

#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
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
  EXPECT_EQ(result.outcome, Outcome::kWorked) << result.reason;
  EXPECT_NEAR(result.speed_up.value, 1.82, 0.02);
}

TEST(SpeedUp, IsExcludedWhenTwoCoresWereThere) {
  const ReductionResult result = judge_speed_up(rounds(0.99, 1.95), 2, 1);
  EXPECT_EQ(result.outcome, Outcome::kFailed) << result.reason;
}

TEST(SpeedUp, IsUndecidedOnALoadedMachine) {
  const ReductionResult result = judge_speed_up(rounds(0.99, 1.1), 2, 1);
  EXPECT_EQ(result.outcome, Outcome::kUndecided) << result.reason;
  EXPECT_NE(result.reason.find("0 of 12 rounds"), std::string::npos) << result.reason;
}

TEST(SpeedUp, IsUndecidedInBetween) {
  const ReductionResult result = judge_speed_up(rounds(1.13, 1.95), 2, 1);
  EXPECT_EQ(result.outcome, Outcome::kUndecided) << result.reason;
}

TEST(SpeedUp, RoundsOfALoadedMachineDoNotCount) {
  auto mixed = rounds(1.8, 1.95);
  const auto loaded = rounds(0.5, 1.0, 40);
  mixed.insert(mixed.end(), loaded.begin(), loaded.end());
  const ReductionResult result = judge_speed_up(mixed, 2, 1);
  EXPECT_EQ(result.outcome, Outcome::kWorked) << result.reason;
  EXPECT_EQ(result.counted, 12);
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
    EXPECT_NE(result.outcome, Outcome::kFailed) << runtime->info().name << ": " << result.reason;
  }
}

TEST(ParallelReduction, CoroutinesOfOneThreadHaveNoSpeedUp) {
  const ReductionResult result = run_parallel_reduction(coroutine(), short_run());
  EXPECT_NE(result.outcome, Outcome::kWorked) << result.reason;
  // One core, or a load, leaves it undecided; two cores decide it.
  if (result.counted >= kFewestRounds) EXPECT_LT(result.speed_up.interval.low, kSpeedUp);
}

TEST(ParallelReduction, SerialThreadsHaveNoSpeedUp) {
  SerialThreads runtime;
  const ReductionResult result = run_parallel_reduction(runtime, short_run());
  EXPECT_NE(result.outcome, Outcome::kWorked) << result.reason;
}

TEST(ParallelReduction, AForgottenPartIsAWrongSum) {
  ForgetfulThreads runtime;
  const ReductionResult result = run_parallel_reduction(runtime, short_run());
  if (result.cores < 2) GTEST_SKIP() << result.reason;
  EXPECT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_NE(result.reason.find("expected the sum"), std::string::npos) << result.reason;
}

}  // namespace
}  // namespace assay
