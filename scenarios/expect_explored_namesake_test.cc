// A scenario of one name in two files of a test: each file explores its own.
#include <gtest/gtest.h>

#include "scenarios/expect_explored.h"

namespace assay {
namespace {

/// In expect_explored_test.cc one of this name takes a lock, and nothing is wrong with it.
template <typename Env>
struct Locked {
  Shared<Env, int> balance{"balance"};

  Body<Env> body(UnitOf<Env> unit) {
    unit.require(unit.index() == 0, "there is one unit");
    co_await balance.store(1);
  }
  void finish(Outcome& outcome) { outcome.record(balance.value()); }
};

TEST(ExpectExplored, TakesTheScenarioOfItsOwnFile) {
  EXPECT_EXPLORED(Locked, {.finds = controlled::FailureKind::kAssertion});
}

}  // namespace
}  // namespace assay
