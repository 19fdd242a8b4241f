#include "report/exploration_json.h"

#include <gtest/gtest.h>

#include "models/controlled/explore.h"
#include "report/testing_schema.h"

namespace assay {
namespace {

/// The document of a scenario explored whole, with its story where it fails.
Json explored(const std::string& name) {
  ExploredScenario explored;
  explored.scenario = find_scenario(name);
  explored.units = explored.scenario->info().units;
  explored.options.execution = explored.scenario->execution_options();
  const auto subject = explored.scenario->subject(explored.units);
  explored.result = controlled::explore(*subject, explored.options);
  if (!explored.result.passed()) {
    controlled::Schedule schedule;
    schedule.steps = explored.result.failure()->schedule;
    explored.story = controlled::replay(*subject, explored.options.execution, schedule);
  }
  return Json::parse(dump(to_json(explored, machine_facts()), -1));
}

TEST(ExplorationJson, EveryScenarioHoldsToTheSchemaAndCarriesItsSource) {
  const Json schema = schema_of("exploration-1.json");
  for (const char* name : {"lost_update", "lost_update_fixed", "store_buffering", "lost_wakeup",
                           "lock_order_inversion", "dekker"}) {
    const Json json = explored(name);
    EXPECT_EQ(faults(json, schema), "") << name;
    EXPECT_NE(json["scenario"]["source"]["text"].get<std::string>().find(name), std::string::npos);
  }
}

TEST(ExplorationJson, TheStoryHasValuesAndTheRacingPair) {
  const Json json = explored("lost_update");
  const Json& steps = json["story"]["steps"];
  EXPECT_EQ(json["story"]["initial"]["counter"], 0);
  int racing = 0;
  std::int64_t counter = 0;
  for (const Json& step : steps) {
    racing += step["racing"].get<bool>() ? 1 : 0;
    if (step["operation"] == "read") {
      EXPECT_EQ(step["read"], counter) << step;
    }
    if (!step["written"].is_null()) counter = step["written"].get<std::int64_t>();
  }
  EXPECT_EQ(racing, 2) << steps;
  EXPECT_EQ(counter, 1) << "an update is lost, so two additions come to 1: " << steps;
}

TEST(ExplorationJson, AStoreBufferTakesAStoreBeforeMemoryDoes) {
  bool buffered = false;
  const Json json = explored("dekker");
  for (const Json& step : json["story"]["steps"]) {
    buffered = buffered || step["buffered"].get<bool>();
  }
  EXPECT_EQ(json["memory_model"], "tso");
  EXPECT_TRUE(buffered) << json["story"];
}

TEST(ExplorationJson, KnownOutcomesAreThereWithTheirReason) {
  const Json json = explored("lost_update");
  ASSERT_EQ(json["outcomes"].size(), 2U);
  EXPECT_EQ(json["outcomes"][0]["numbers"], "1");
  EXPECT_EQ(json["outcomes"][0]["reach"], "sc");
  EXPECT_NE(json["outcomes"][0]["reason"], "");
}

TEST(ExplorationJson, WhatIsDemandedOfSomeInterleavingIsCounted) {
  const Json json = explored("shutdown_flag_fixed");
  ASSERT_EQ(json["sometimes"].size(), 3U);
  for (const Json& demand : json["sometimes"]) {
    EXPECT_NE(demand["text"], "");
    EXPECT_GT(demand["executions"], 0) << demand;
  }
}

}  // namespace
}  // namespace assay
