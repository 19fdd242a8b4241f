// Every scenario under the explorer: defects are found and say what they are, twins are exhausted;
// and the same source on real runtimes.
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "models/controlled/explore.h"
#include "models/controlled/narrative.h"
#include "models/controlled/schedule.h"
#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "scenarios/scenario.h"

namespace assay {
namespace {

controlled::ExploreOptions options_of(const Scenario& scenario) {
  controlled::ExploreOptions options;
  options.execution = scenario.execution_options();
  return options;
}

std::string told(const Scenario& scenario, const controlled::Failing& failing) {
  controlled::Schedule schedule;
  schedule.steps = failing.schedule;
  const auto subject = scenario.subject(scenario.info().units);
  return controlled::table_of(controlled::replay(*subject, scenario.execution_options(), schedule));
}

/// A test that cannot reach what it is about passes for the wrong reason.
void expect_demands_reached(const Scenario& scenario, const controlled::Exploration& result) {
  EXPECT_TRUE(result.exhausted) << scenario.info().name << ": expected all interleavings explored"
                                << ", found more than " << result.executions;
  for (const std::string& demand : result.never())
    ADD_FAILURE() << scenario.info().name << ": expected an interleaving in which \"" << demand
                  << "\", found none in all " << result.executions
                  << " executions\nagain: assay explore " << scenario.info().name;
}

TEST(Scenarios, EveryDefectIsFoundAndNamed) {
  for (const Scenario* scenario : scenarios()) {
    if (!scenario->info().defect) continue;
    const auto subject = scenario->subject(scenario->info().units);
    const auto result = controlled::explore(*subject, options_of(*scenario));
    EXPECT_NE(result.failure(*scenario->info().defect), nullptr)
        << scenario->info().name << ": expected a " << controlled::name_of(*scenario->info().defect)
        << ", found " << (result.passed() ? "nothing" : told(*scenario, *result.failure()));
    expect_demands_reached(*scenario, result);
    EXPECT_NE(find_scenario(scenario->info().twin), nullptr) << scenario->info().name;
  }
}

TEST(Scenarios, EveryOtherIsExhaustedInSilence) {
  for (const Scenario* scenario : scenarios()) {
    if (scenario->info().defect) continue;
    const auto subject = scenario->subject(scenario->info().units);
    const auto result = controlled::explore(*subject, options_of(*scenario));
    expect_demands_reached(*scenario, result);
    EXPECT_TRUE(result.passed()) << scenario->info().name << ":\n"
                                 << told(*scenario, *result.failure());
  }
}

/// The outcomes that a scenario documents as reached under its memory model.
std::set<std::string> documented(const ScenarioInfo& info) {
  std::set<std::string> numbers;
  for (const ExpectedOutcome& outcome : info.outcomes) {
    EXPECT_FALSE(outcome.reason.empty()) << info.name << ": " << outcome.numbers;
    const bool tso = info.memory == controlled::MemoryModel::kTso;
    if (outcome.reach == Reach::kSc || (tso && outcome.reach == Reach::kTso))
      numbers.insert(outcome.numbers);
  }
  return numbers;
}

TEST(Scenarios, DocumentedOutcomesAreTheExploredOnes) {
  for (const Scenario* scenario : scenarios()) {
    const auto subject = scenario->subject(scenario->info().units);
    std::set<std::string> explored;
    for (const auto& [outcome, count] :
         controlled::explore(*subject, options_of(*scenario)).outcomes)
      explored.insert(outcome.text());
    EXPECT_EQ(explored, documented(scenario->info())) << scenario->info().name;
  }
}

TEST(Scenarios, RandomWalksAndPctFindTheDefectsToo) {
  for (const Scenario* scenario : scenarios()) {
    if (!scenario->info().defect) continue;
    for (const auto strategy : {controlled::Strategy::kRandom, controlled::Strategy::kPct}) {
      auto options = options_of(*scenario);
      options.strategy = strategy;
      options.depth = 3;
      options.executions = 20'000;
      const auto subject = scenario->subject(scenario->info().units);
      const auto result = controlled::explore(*subject, options);
      EXPECT_NE(result.failure(*scenario->info().defect), nullptr)
          << scenario->info().name << " in " << result.executions << " executions of seed "
          << options.seed;
      EXPECT_FALSE(result.exhausted);
    }
  }
}

/// As a scenario runs on threads, in a host: they may hang.
RealRun run_on(BodyRuntime& runtime, const Scenario& scenario) {
  return scenario.run_on(runtime, scenario.info().units, true, std::chrono::seconds(20));
}

TEST(Scenarios, WhatIsNotWrongRunsOnEveryRuntime) {
  for (BodyRuntime* runtime : {&std_thread(), &coroutine(), &fork_runtime()}) {
    for (const Scenario* scenario : scenarios()) {
      if (scenario->info().defect) continue;
      const RealRun run = run_on(*runtime, *scenario);
      const std::string what = scenario->info().name + " on " + runtime->info().name;
      ASSERT_TRUE(run.result.completed()) << what << ": " << run.result.failure();
      EXPECT_EQ(run.broken, "") << what;
      ASSERT_TRUE(run.outcome.has_value()) << what;
      if (scenario->info().outcomes.empty()) continue;
      bool known = false;
      for (const ExpectedOutcome& expected : scenario->info().outcomes)
        known |= expected.numbers == run.outcome->text() && expected.reach != Reach::kForbidden;
      EXPECT_TRUE(known) << what << ": " << run.outcome->text();
    }
  }
}

// Between two awaits nobody else ran: an update cannot be lost.
TEST(Scenarios, CoroutinesKeepTheUpdatesThatThreadsMayLose) {
  const RealRun run = run_on(coroutine(), *find_scenario("lost_update"));
  ASSERT_TRUE(run.outcome.has_value()) << run.result.failure();
  EXPECT_EQ(run.outcome->text(), "2");
}

TEST(Scenarios, ANumberOfUnitsThatAScenarioDoesNotHaveIsRefused) {
  EXPECT_THROW(static_cast<void>(find_scenario("lost_update")->subject(1)), std::invalid_argument);
}

}  // namespace
}  // namespace assay
