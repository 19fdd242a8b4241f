// Every scenario by two detectors on the same schedules: the explorer's vector clocks, and
// ThreadSanitizer, whose units are fibers. They have to say the same of each schedule.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "models/controlled/enumeration.h"
#include "models/controlled/schedule.h"
#include "models/controlled/watching.h"
#include "scenarios/scenario.h"

namespace assay {
namespace {

using controlled::Execution;
using controlled::MemoryModel;
using controlled::Verdicts;

constexpr int kSchedules = 80;  // As many again at random where these are not all.

/// Scenarios on which the two may differ, with the reason; docs/exploring.md tells of them.
const std::set<std::string>& blind_spots() {
  static const std::set<std::string> kNone;
  return kNone;
}

std::string told(const Scenario& scenario, MemoryModel memory, const Verdicts& said) {
  return scenario.info().name + (memory == MemoryModel::kSc ? " under sc" : " under tso") +
         ", schedule " + controlled::to_text(said.schedule) + ": the explorer finds " +
         (said.explorer ? "a data race" : "none") + ", ThreadSanitizer " +
         (said.race() != nullptr ? "a data race" : "none");
}

class Agreement : public testing::TestWithParam<MemoryModel> {
 protected:
  void hold(const Scenario& scenario, const Verdicts& said) {
    const bool found = said.race() != nullptr;
    ASSERT_EQ(found, said.explorer.has_value()) << told(scenario, GetParam(), said);
    ++(found ? raced_ : silent_);
    if (!found) return;
    const controlled::Race& race = *said.explorer;
    EXPECT_EQ(watching_.execution().object_at(said.race()->address), race.object);
    EXPECT_EQ(said.race()->second_unit, race.second_unit);
    EXPECT_EQ(said.race()->second_writes, race.second_writes);
    // Where several accesses race with the second one, each of the two may name another.
    const controlled::Sighting& tsan = *said.race();
    EXPECT_TRUE(said.may_be_first({race.first_unit, race.first_writes}))
        << told(scenario, GetParam(), said) << ", with an access that is ordered";
    EXPECT_TRUE(said.may_be_first({tsan.first_unit, tsan.first_writes}))
        << told(scenario, GetParam(), said) << ", with unit " << int{tsan.first_unit}
        << " where nothing races";
    named_otherwise_ += tsan.first_unit != race.first_unit ? 1 : 0;
  }

  void compare(const Scenario& scenario) {
    const auto subject = scenario.subject(scenario.info().units);
    controlled::ExecutionOptions options = scenario.execution_options();
    options.detect_races = true;
    options.memory = GetParam();
    options.watch = controlled::Watch::kThreads;
    controlled::Enumeration all;
    for (int i = 0; i < kSchedules; ++i) {
      hold(scenario, watching_.run(*subject, options, [&](const Execution& e, std::uint64_t c) {
        return all.pick(e, c);
      }));
      if (HasFatalFailure() || !all.next()) return;
    }
    controlled::RandomWalk walk(1);
    for (int i = 0; i < kSchedules && !HasFatalFailure(); ++i) {
      hold(scenario, watching_.run(*subject, options, [&](const Execution& e, std::uint64_t c) {
        return walk.pick(e, c);
      }));
    }
  }

  controlled::Watching watching_;
  int raced_ = 0;
  int silent_ = 0;
  int named_otherwise_ = 0;
};

TEST_P(Agreement, OfTheExplorerAndThreadSanitizerOnEverySchedule) {
  for (const Scenario* scenario : scenarios()) {
    if (blind_spots().contains(scenario->info().name)) continue;
    compare(*scenario);
  }
  RecordProperty("raced", raced_);
  RecordProperty("silent", silent_);
  RecordProperty("named_otherwise", named_otherwise_);
  EXPECT_GT(raced_, 100);
  EXPECT_GT(silent_, 1000);
}

INSTANTIATE_TEST_SUITE_P(Memory, Agreement, testing::Values(MemoryModel::kSc, MemoryModel::kTso),
                         [](const auto& info) {
                           return info.param == MemoryModel::kSc ? "Sc" : "Tso";
                         });

}  // namespace
}  // namespace assay
