#include "report/pacing.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "report/fake_runtime.h"

namespace assay {
namespace {

/// A plan of 40 cells of one trait.
class Cells {
 public:
  static constexpr std::size_t kCount = 40;

  Cells() {
    plan_.options.effort = Effort::kQuick;
    plan_.cells.assign(kCount, {&runtime_, TraitId::kSleep});
  }

  [[nodiscard]] const RunPlan& plan() const { return plan_; }
  /// What they take at rest.
  [[nodiscard]] static double needed_s() {
    return kCount * expected_seconds(TraitId::kSleep, Effort::kQuick);
  }

  /// How many seconds are left of `budget_s` before each cell, where each takes `slowness` times
  /// what it is given. Ends when no time is left.
  [[nodiscard]] std::vector<double> left_before_cells(double budget_s, double slowness) const {
    Pacing pacing(plan_);
    std::vector<double> left;
    for (std::size_t cell = 0; cell < kCount && budget_s > 0; ++cell) {
      left.push_back(budget_s);
      const ProbeOptions options = pacing.options_of(cell, budget_s);
      const double given = options.duration.count() > 0
                               ? std::chrono::duration<double>(options.duration).count()
                               : expected_seconds(TraitId::kSleep, Effort::kQuick);
      pacing.note(cell, options, given * slowness);
      budget_s -= given * slowness;
    }
    left.push_back(budget_s);
    return left;
  }

 private:
  FakeRuntime runtime_{"one", {}};
  RunPlan plan_;
};

TEST(Pacing, AMachineAtRestGetsTheWholeEffort) {
  const Cells cells;
  Pacing pacing(cells.plan());
  for (std::size_t cell = 0; cell < Cells::kCount; ++cell) {
    const double left = Cells::needed_s() * (1.05 - static_cast<double>(cell) / Cells::kCount);
    const ProbeOptions options = pacing.options_of(cell, left);
    EXPECT_EQ(options.duration.count(), 0) << "cell " << cell << " got less than the plan's effort";
    pacing.note(cell, options, expected_seconds(TraitId::kSleep, Effort::kQuick));
  }
}

TEST(Pacing, WithoutALimitNothingIsCut) {
  const Cells cells;
  Pacing pacing(cells.plan());
  pacing.note(0, pacing.options_of(0, {}), 1'000);
  EXPECT_EQ(pacing.options_of(1, {}).duration.count(), 0);
}

TEST(Pacing, ABusyMachineReachesTheLastCell) {
  const Cells cells;
  for (const double slowness : {1.0, 1.5, 2.0, 3.0, 5.0}) {
    const auto left = cells.left_before_cells(Cells::needed_s() * 1.05, slowness);
    ASSERT_EQ(left.size(), Cells::kCount + 1)
        << "where cells take " << slowness << " times what they are given, the time was used up "
        << "before cell " << left.size() - 1 << " of " << Cells::kCount;
    EXPECT_GT(left.back(), 0) << "at " << slowness;
  }
}

TEST(Pacing, WhatIsLeftIsUsed) {
  const Cells cells;
  const double budget = Cells::needed_s() / 2;
  EXPECT_LT(cells.left_before_cells(budget, 1).back(), budget / 2);
}

}  // namespace
}  // namespace assay
