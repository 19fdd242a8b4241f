// What is wrong with a histogram is said, and nothing else.
#include "stress/grading.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "report/testing_schema.h"
#include "stress/outcome_table.h"

namespace assay {
namespace {

const Scenario& named(const char* name) { return *find_scenario(name); }

/// Taken on two cores, in one setting.
Histogram histogram_of(std::vector<Seen> seen, Placement placement = Placement::kSibling) {
  Histogram histogram;
  histogram.units = 2;
  histogram.seconds = 1;
  for (const Seen& one : seen) histogram.samples += one.count;
  histogram.settings = {{{placement, 256, 1}, histogram.samples, 1, seen}};
  histogram.seen = std::move(seen);
  return histogram;
}

GradedHistogram graded(const char* name, const Histogram& histogram,
                       World world = World::kParallel) {
  return grade(named(name), histogram, world, oracle_of(named(name), 2, world));
}

const GradedOutcome& outcome(const GradedHistogram& graded, const std::string& numbers) {
  for (const GradedOutcome& one : graded.outcomes) {
    if (one.numbers == numbers) return one;
  }
  throw std::logic_error("no row for " + numbers);
}

constexpr std::uint64_t kMany = 2'000'000;

TEST(Grading, WhatIsDescribedAndExploredIsFine) {
  const auto result = graded("store_buffering", histogram_of({{"1,0", "", kMany}, {"0,0", "", 3}}));
  EXPECT_EQ(result.standing, Standing::kFine);
  EXPECT_EQ(outcome(result, "0,0").grade, Grade::kMustBeObserved);
  EXPECT_EQ(outcome(result, "0,1").grade, Grade::kAcceptable);
  EXPECT_EQ(outcome(result, "0,1").count, 0u) << "acceptable outcomes may be absent";
}

TEST(Grading, AForbiddenOutcomeFailsHoweverRare) {
  const auto result =
      graded("store_buffering_seq_cst", histogram_of({{"1,0", "", kMany}, {"0,0", "", 1}}));
  EXPECT_EQ(result.standing, Standing::kFailed);
  EXPECT_EQ(outcome(result, "0,0").remark,
            "forbidden, and observed; in no execution of the explorer, tso: 3 outcomes in all 3 "
            "executions");
}

TEST(Grading, AnOutcomeThatNobodyDescribedFails) {
  const auto result = graded("store_buffering", histogram_of({{"0,0", "", kMany}, {"2,0", "", 1}}));
  EXPECT_EQ(result.standing, Standing::kFailed);
  EXPECT_NE(outcome(result, "2,0").remark.find("explorer, tso"), std::string::npos);
}

TEST(Grading, AnObservedOutcomeThatNoExecutionHasFails) {
  const auto result = graded("message_passing", histogram_of({{"1,1", "", kMany}, {"1,0", "", 1}}));
  EXPECT_EQ(result.standing, Standing::kFailed) << "C++ allows it, x86 and the explorer do not";
  EXPECT_EQ(outcome(result, "1,0").grade, Grade::kInteresting);
  EXPECT_NE(outcome(result, "1,0").remark.find("observed, but in no execution of the explorer"),
            std::string::npos);
}

TEST(Grading, WhatMustBeObservedFailsByBeingAbsentWhereTwoCoresCouldShowIt) {
  const std::vector<Seen> absent = {{"1,0", "", kMany}};
  EXPECT_EQ(graded("store_buffering", histogram_of(absent)).standing, Standing::kFailed);
  EXPECT_EQ(graded("store_buffering", histogram_of(absent, Placement::kSame)).standing,
            Standing::kInconclusive);
  EXPECT_EQ(graded("store_buffering", histogram_of({{"1,0", "", 1000}})).standing,
            Standing::kInconclusive);
  EXPECT_EQ(graded("store_buffering", histogram_of(absent, Placement::kAny)).standing,
            Standing::kInconclusive)
      << "the kernel may leave both units on one core";
}

TEST(Grading, ADefectMayShowItselfAndATwinMayNot) {
  const Seen lost{"1", "no update is lost", 5};
  EXPECT_EQ(graded("lost_update", histogram_of({{"2", "", kMany}, lost})).standing,
            Standing::kFine);
  EXPECT_EQ(graded("lost_update_fixed", histogram_of({{"2", "", kMany}, lost})).standing,
            Standing::kFailed);
  const Seen two_inside{"0", "one unit at a time is inside", 1};
  EXPECT_EQ(graded("dekker", histogram_of({{"0", "", kMany}, two_inside})).standing,
            Standing::kFine);
  EXPECT_EQ(graded("dekker_fixed", histogram_of({{"0", "", kMany}, two_inside})).standing,
            Standing::kFailed);
}

TEST(Grading, UnitsOfOneThreadTakeTurns) {
  EXPECT_EQ(
      graded("store_buffering", histogram_of({{"1,0", "", 9}, {"0,1", "", 9}}), World::kOneThread)
          .standing,
      Standing::kFine);
  EXPECT_EQ(graded("store_buffering", histogram_of({{"0,0", "", 1}}), World::kOneThread).standing,
            Standing::kFailed);
  EXPECT_EQ(graded("store_buffering", histogram_of({{"1,1", "", 1}}), World::kOneThread).standing,
            Standing::kFailed);
}

TEST(Grading, InPrivateMemoryAnothersWriteIsAFailure) {
  EXPECT_EQ(graded("store_buffering", histogram_of({{"0,0", "", 9}}), World::kPrivate).standing,
            Standing::kFine);
  EXPECT_EQ(graded("store_buffering", histogram_of({{"0,1", "", 1}}), World::kPrivate).standing,
            Standing::kFailed);
}

TEST(Grading, HangingIsExpectedOfThoseThatTheExplorerSeesHang) {
  Histogram histogram = histogram_of({{"2", "", 10}});
  histogram.stuck = 1;
  EXPECT_EQ(graded("lock_order_inversion", histogram).standing, Standing::kFine);
  const auto twin = graded("lock_order_inversion_fixed", histogram);
  EXPECT_EQ(twin.standing, Standing::kFailed);
  EXPECT_EQ(outcome(twin, kNoEnd).count, 1u);
}

TEST(Grading, WhatWasNotMeasuredIsInconclusive) {
  Histogram histogram = histogram_of({{"2", "", 10}});
  histogram.failure = "killed by SIGSEGV";
  EXPECT_EQ(graded("lost_update_fixed", histogram).standing, Standing::kInconclusive);
  EXPECT_EQ(graded("lost_update_fixed", histogram_of({})).standing, Standing::kInconclusive);
}

TEST(Grading, SamplesFor99PercentAreThoseThatMissItWithOnePercent) {
  EXPECT_EQ(samples_for_99_percent(0.5), 7);
  EXPECT_EQ(samples_for_99_percent(1), 1);
  EXPECT_NEAR(samples_for_99_percent(1e-6), 4'605'168, 2);
}

StressResult result_of(const char* name, const Histogram& histogram) {
  return {name, "std_thread", "assay stress " + std::string(name), histogram,
          graded(name, histogram)};
}

TEST(OutcomeTable, SaysOfZeroHitsABoundAndOfAFailureHowToRepeatIt) {
  const std::string text =
      to_text(result_of("store_buffering_seq_cst", histogram_of({{"1,0", "", 1'000'000}})));
  EXPECT_NE(text.find("< 3.8e-06"), std::string::npos) << text;
  const std::string failed = to_text(
      result_of("store_buffering_seq_cst", histogram_of({{"1,0", "", 999'999}, {"0,0", "", 1}})));
  EXPECT_NE(failed.find("FAILED 0,0: forbidden, and observed"), std::string::npos) << failed;
  EXPECT_NE(failed.find("\n    again: assay stress"), std::string::npos) << failed;
  EXPECT_NE(failed.find("4.61 M"), std::string::npos) << "samples for 99 %: " << failed;
}

TEST(OutcomeTable, AlmostAlwaysAndAlmostNeverAreNotRoundedAway) {
  EXPECT_EQ(frequency_text(1.28e-7), "1.3e-07");
  EXPECT_EQ(frequency_text(0.121), "12.1 %");
  EXPECT_EQ(frequency_text(1), "100 %");
  EXPECT_EQ(frequency_text(1 - 1e-6), "1-1.0e-06");
}

TEST(OutcomeTable, SidesShowWhatIsSeenWhere) {
  const std::vector<StressResult> results = {
      result_of("store_buffering", histogram_of({{"1,0", "", 3}, {"0,0", "", 1}})),
      result_of("store_buffering", histogram_of({{"1,0", "", 4}}))};
  const std::string text = side_by_side(results);
  EXPECT_NE(text.find("0,0      25 %        never"), std::string::npos) << text;
  EXPECT_NE(text.find("1,0      75 %        always"), std::string::npos) << text;
}

TEST(OutcomeTable, JsonHasCountsIntervalsGradesAndSettings) {
  const std::vector<StressResult> results = {
      result_of("store_buffering", histogram_of({{"1,0", "", 75}, {"0,0", "", 25}}))};
  const Json json = to_json(results);
  EXPECT_EQ(faults(json, schema_of("stress-1.json")), "");
  EXPECT_TRUE(json.contains("host") && json.contains("build")) << json;
  const Json& result = json.at("results").at(0);
  EXPECT_EQ(result.at("samples"), 100);
  const Json& first = result.at("outcomes").at(0);
  EXPECT_EQ(first.at("outcome"), "1,0");
  EXPECT_EQ(first.at("count"), 75);
  EXPECT_LT(first.at("low"), 0.75);
  EXPECT_GT(first.at("high"), 0.75);
  EXPECT_EQ(result.at("settings").at(0).at("affinity"), "sibling");
}

/// ASSAY_STRESS_MS: set by --config=soak.
std::chrono::milliseconds duration() {
  const char* ms = std::getenv("ASSAY_STRESS_MS");
  return std::chrono::milliseconds(ms != nullptr ? std::atoi(ms) : 10);
}

void run_and_grade(const Scenario& scenario, BodyRuntime& runtime) {
  SampleOptions options;
  options.runtime = &runtime;
  options.duration = duration();
  options.batches = {256};
  // Those that hang would each be waited for a second.
  const auto defect = scenario.info().defect;
  if (defect == controlled::FailureKind::kDeadlock ||
      defect == controlled::FailureKind::kLostWakeup)
    options.stuck_after = std::chrono::milliseconds(300);
  const Histogram histogram = sample(scenario, options);
  const World world = world_of(runtime, false);
  const StressResult result{
      scenario.info().name, runtime.info().name,
      "assay stress " + scenario.info().name + " --runtime=" + runtime.info().name, histogram,
      grade(scenario, histogram, world, oracle_of(scenario, histogram.units, world))};
  EXPECT_NE(result.graded.standing, Standing::kFailed) << to_text(result);
  EXPECT_EQ(histogram.failure, "") << to_text(result);
}

// The one that runs: whatever is forbidden, undescribed or not explored fails here.
TEST(Stress, EveryScenarioIsAsDescribedOnThreadsProcessesAndCoroutines) {
  for (const Scenario* scenario : scenarios()) {
    for (BodyRuntime* runtime : {&std_thread(), &fork_runtime(), &coroutine()})
      run_and_grade(*scenario, *runtime);
  }
}

}  // namespace
}  // namespace assay
