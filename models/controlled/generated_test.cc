// Schedules that RapidCheck generates.
#include "models/controlled/generated.h"

#include <gtest/gtest.h>

#include "models/controlled/schedule.h"
#include "models/controlled/testing_bodies.h"

namespace assay::controlled {
namespace {

Body<Controlled> add(Cells& cells, UnitOf<Controlled>) {
  for (int i = 0; i < 3; ++i) co_await cells.y.load();
  const int seen = co_await cells.x.load();
  co_await cells.x.store(seen + 1);
  for (int i = 0; i < 3; ++i) co_await cells.y.load();
}

/// Adds, and requires that all updates are there.
class Sum final : public Subject {
 public:
  [[nodiscard]] std::size_t units() const override { return 2; }
  void start(Execution& execution) override { cells_.start(execution); }
  void finish(Outcome& outcome) override {
    cells_.finish(outcome);
    outcome.require(outcome.text() == "2,0", "no update is lost");
  }
  void discard(Execution& execution) override { cells_.discard(execution); }

 private:
  CellsSubject cells_{{add, add}};
};

TEST(Generated, FailuresAreShrunkToFewTurns) {
  Sum subject;
  ExploreOptions options;
  options.executions = 500;
  const Exploration result = explore_generated(subject, options);
  EXPECT_EQ(result.executions, 500U);
  EXPECT_GT(result.failing, 0U);
  EXPECT_LT(result.failing, 500U);
  const Failing* failing = result.failure(FailureKind::kAssertion);
  ASSERT_NE(failing, nullptr);
  // Both units read before either writes; RapidCheck cannot take one turn away and still fail.
  EXPECT_EQ(to_text(failing->schedule), "a3bab7a4");
}

TEST(Generated, ASeedIsTheSameSchedules) {
  ExploreOptions options;
  options.executions = 100;
  const auto failing = [&](std::uint64_t seed) {
    Sum subject;
    options.seed = seed;
    return explore_generated(subject, options).failing;
  };
  EXPECT_EQ(failing(5), failing(5));
}

TEST(Generated, WhatIsRightPasses) {
  CellsSubject subject({add, add});
  ExploreOptions options;
  options.executions = 200;
  EXPECT_TRUE(explore_generated(subject, options).passed());
}

}  // namespace
}  // namespace assay::controlled
