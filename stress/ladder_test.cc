#include "stress/ladder.h"

#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

TEST(UnitLadder, EndsWhereItIsTold) {
  const UnitLadder ladder = ladder_of({0, 0, 128, 0}, 1'000);
  EXPECT_EQ(ladder.rungs, (std::vector<std::size_t>{1, 10, 100, 1'000}));
}

TEST(UnitLadder, EndsBelowHalfOfALimitAndNamesIt) {
  const UnitLadder ladder = ladder_of({1, 0, 128, 0}, std::size_t{1} << 40);
  ASSERT_FALSE(ladder.rungs.empty());
  EXPECT_LE(static_cast<double>(ladder.rungs.back()), ladder.units_at_limit / 2);
  EXPECT_GE(ladder.times_away(), 2);
  EXPECT_NE(ladder.next_limit.find(" = "), std::string::npos) << ladder.next_limit;
}

TEST(UnitLadder, OfHeavierUnitsIsNotLonger) {
  const std::size_t most = std::size_t{1} << 40;
  EXPECT_LE(ladder_of({0, 0, 1e6, 0}, most).rungs.size(),
            ladder_of({0, 0, 1e3, 0}, most).rungs.size());
}

TEST(UnitNeed, IsATaskForProcessesAndThreadsAndNoneForCoroutines) {
  EXPECT_NEAR(measured_need(fork_runtime()).tasks, 1, 0.1);
  EXPECT_NEAR(measured_need(std_thread()).tasks, 1, 0.1);
  EXPECT_NEAR(measured_need(coroutine()).tasks, 0, 0.1);
}

}  // namespace
}  // namespace assay
