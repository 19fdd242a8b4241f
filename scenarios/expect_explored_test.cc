// EXPECT_EXPLORED as its users meet it: what passes, what fails, and what a failure says.
#include "scenarios/expect_explored.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>

namespace assay {
namespace {

using controlled::FailureKind;
using controlled::MemoryModel;

template <typename Env, bool kLocked>
struct Deposits {
  Mutex<Env> mutex{"mutex"};
  Shared<Env, int> balance{"balance"};

  Body<Env> body(UnitOf<Env> unit) {
    if constexpr (kLocked) co_await mutex.lock(unit);
    const int seen = co_await balance.load();
    co_await balance.store(seen + 10);
    if constexpr (kLocked) co_await mutex.unlock();
  }
  void finish(Outcome& outcome) {
    const int all = 10 * static_cast<int>(outcome.units());
    outcome.require(balance.value() == all, "no deposit is lost");
  }
};
template <typename Env>
using Locked = Deposits<Env, true>;
template <typename Env>
using Unlocked = Deposits<Env, false>;

/// Store buffering: wrong under TSO alone. A class, and a plain function.
struct Plain {
  SharedArray<Controlled, int, 2> x{"x"};
  std::array<int, 2> seen{};
  void body(UnitOf<Controlled> unit) {
    now(x[unit.index()].store(1, std::memory_order_relaxed));
    seen[unit.index()] = now(x[1 - unit.index()].load(std::memory_order_relaxed));
  }
  void finish(Outcome& outcome) const {
    outcome.require(seen[0] + seen[1] > 0, "one sees the other");
  }
};

/// What fails of a statement, as text.
template <typename Statement>
std::string failure_of(const Statement& statement) {
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    statement();
  }
  return results.size() == 0 ? "" : results.GetTestPartResult(0).message();
}

void expect_in(const std::string& part, const std::string& text) {
  EXPECT_NE(text.find(part), std::string::npos) << "expected: " << part << "\nfound: " << text;
}

TEST(ExpectExplored, PassesWhenNothingIsWrongAndWhenTheDefectIsFound) {
  EXPECT_EXPLORED(Locked);
  EXPECT_EXPLORED(Locked, {.units = 3, .memory = {MemoryModel::kSc, MemoryModel::kTso}});
  EXPECT_EXPLORED(Unlocked, {.finds = FailureKind::kAssertion});
  EXPECT_EXPLORED(Unlocked,
                  {.finds = FailureKind::kAssertion, .strategy = controlled::Strategy::kPct});
  EXPECT_EXPLORED(Plain);
  EXPECT_EXPLORED(Plain, {.memory = {MemoryModel::kTso}, .finds = FailureKind::kAssertion});
}

TEST(ExpectExplored, AFailureShowsTheSmallestScheduleAndItsReplay) {
  const std::string text = failure_of([] { EXPECT_EXPLORED(Unlocked); });
  expect_in("Unlocked with 2 units, sc: expected nothing wrong, found a failed assertion", text);
  expect_in("the smallest schedule that fails: 1 preemption, 4 steps", text);
  expect_in("   2                       load balance = 0", text);
  expect_in("failed assertion: no deposit is lost", text);
  expect_in("ExpectExplored.AFailureShowsTheSmallestScheduleAndItsReplay'", text);
  expect_in("ASSAY_REPLAY='Unlocked/2/sc/ab2a-", text);
}

/// Says what must hold as any other test does.
template <typename Env>
struct Expecting {
  Shared<Env, int> balance{"balance"};

  Body<Env> body(UnitOf<Env> unit) {
    const int seen = co_await balance.load();
    co_await balance.store(seen + 1);
    if (unit.index() == 1) {
      EXPECT_EQ(seen, 0) << "unit 1 comes first";
    }
  }
  void finish(Outcome& outcome) {
    EXPECT_LE(balance.value(), static_cast<int>(outcome.units())) << "no deposit is doubled";
  }
};

TEST(ExpectExplored, AnExpectOfABodyFailsItsExecution) {
  const std::string text = failure_of([] { EXPECT_EXPLORED(Expecting); });
  expect_in("Expecting with 2 units, sc: expected nothing wrong, found a failed assertion", text);
  expect_in("the smallest schedule that fails: 0 preemptions, ", text);
  expect_in("expect_explored_test.cc:", text);
  expect_in("Expected equality of these values: seen Which is: 1 0 unit 1 comes first", text);
  expect_in("ASSAY_REPLAY='Expecting/2/sc/", text);
  EXPECT_EXPLORED(Expecting, {.finds = FailureKind::kAssertion});
}

/// Fails in each execution.
template <typename Env>
struct AlwaysWrong {
  Shared<Env, int> x{"x"};

  Body<Env> body(UnitOf<Env> unit) {
    co_await x.fetch_add(1);
    EXPECT_EQ(unit.count(), 0U) << "a text of some length, as those of GoogleTest are";
  }
  void finish(Outcome&) {}
};

TEST(ExpectExplored, WhatExpectsFindTakesNoMemoryByTheirNumber) {
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_EXPLORED(AlwaysWrong, {.finds = FailureKind::kAssertion,
                                .strategy = controlled::Strategy::kRandom,
                                .executions = 50'000});
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 << 10) << "KiB";
}

/// Says that it succeeded, which is no failure.
template <typename Env>
struct Succeeding {
  Shared<Env, int> x{"x"};

  Body<Env> body(UnitOf<Env>) {
    co_await x.fetch_add(1);
    SUCCEED() << "added";
  }
  void finish(Outcome&) {}
};

TEST(ExpectExplored, ASuccessOfABodyIsNoFailure) { EXPECT_EXPLORED(Succeeding); }

/// Each takes one of two locks first, and one of them finds something wrong before it waits.
template <typename Env>
struct WrongAndDeadlocked {
  Mutex<Env> first{"first"};
  Mutex<Env> second{"second"};

  Body<Env> body(UnitOf<Env> unit) {
    Mutex<Env>& mine = unit.index() == 0 ? first : second;
    Mutex<Env>& other = unit.index() == 0 ? second : first;
    co_await mine.lock(unit);
    EXPECT_EQ(unit.index(), 0U);
    co_await other.lock(unit);
    co_await other.unlock();
    co_await mine.unlock();
  }
  void finish(Outcome&) {}
};

TEST(ExpectExplored, AnExpectIsNotLostInADeadlock) {
  expect_in("found the deadlock that is expected, and in an execution of it ", failure_of([] {
              EXPECT_EXPLORED(WrongAndDeadlocked, {.finds = FailureKind::kDeadlock});
            }));
}

TEST(ExpectExplored, AnExpectedDefectThatIsNotThereFails) {
  expect_in("expected a data race, found nothing wrong\nin all ",
            failure_of([] { EXPECT_EXPLORED(Locked, {.finds = FailureKind::kDataRace}); }));
  expect_in("expected a deadlock, found another failure\n",
            failure_of([] { EXPECT_EXPLORED(Unlocked, {.finds = FailureKind::kDeadlock}); }));
}

TEST(ExpectExplored, WhatWasNotExploredWholeFails) {
  const std::string text =
      failure_of([] { EXPECT_EXPLORED(Locked, {.units = 4, .executions = 5}); });
  expect_in("expected all interleavings to be explored, found more than 5 executions", text);
  EXPECT_EXPLORED(Locked, {.units = 4, .preemptions = 1});
}

/// Demands of its interleavings something that happens, and something that does not.
template <typename Env>
struct Demanding {
  Shared<Env, int> first{"first", -1};
  Body<Env> body(UnitOf<Env> unit) {
    co_await first.compare_exchange(-1, static_cast<int>(unit.index()));
  }
  void finish(Outcome& outcome) {
    outcome.record(first.value());
    outcome.sometimes(first.value() == 1, "unit 1 comes first");
    outcome.sometimes(first.value() == 7, "unit 7 comes first");
  }
};

TEST(ExpectExplored, FailsWhenWhatShouldHappenSometimesNeverDoes) {
  const std::string failure = failure_of([] { EXPECT_EXPLORED(Demanding); });
  expect_in("Demanding with 2 units, sc: all 2 executions pass, and none of them reaches", failure);
  expect_in("  unit 7 comes first\n", failure);
  EXPECT_EQ(failure.find("unit 1 comes first"), std::string::npos) << failure;
  // Some executions do not say that there are none.
  EXPECT_EXPLORED(Demanding, {.strategy = controlled::Strategy::kRandom, .executions = 10});
}

TEST(Exploration, CountsWhatHappensSometimes) {
  controlled::ScenarioSubject<Demanding<Controlled>> subject(2);
  const controlled::Exploration result = controlled::explore(subject, {});
  EXPECT_EQ(result.sometimes.at("unit 1 comes first"), 1U);
  EXPECT_EQ(result.never(), std::vector<std::string>{"unit 7 comes first"});
}

/// Does nothing that the explorer sees.
struct Idle {
  static void body(UnitOf<Controlled>) {}
  void finish(Outcome&) const {}
};

TEST(ExpectExplored, FailsWhereNothingWasExplored) {
  expect_in("Idle with 2 units, sc: expected operations of its environment, found none",
            failure_of([] { EXPECT_EXPLORED(Idle); }));
}

/// No schedule of it has an end.
struct Endless {
  Shared<Controlled, int> x{"x"};
  void body(UnitOf<Controlled>) {
    for (int i = 0;; ++i) now(x.store(i));
  }
  void finish(Outcome&) const {}
};

TEST(ExpectExplored, ABodyWithoutEndIsALivelockWithinABound) {
  expect_in("Endless with 2 units, sc: expected nothing wrong, found a livelock",
            failure_of([] { EXPECT_EXPLORED(Endless); }));
}

/// Counts its executions, which no execution makes anew.
struct Counting {
  static inline int executions = 0;
  Shared<Controlled, int> x{"x"};
  Counting() { ++executions; }
  void body(UnitOf<Controlled>) { now(x.load()); }
  void finish(Outcome& outcome) const { outcome.record(executions); }
};

TEST(ExpectExplored, WhatDiffersBetweenExecutionsIsNondeterminism) {
  for (const auto strategy : {controlled::Strategy::kDfs, controlled::Strategy::kRandom}) {
    expect_in("found a nondeterminism\nthe same schedule led to another outcome: the scenario",
              failure_of([&] { EXPECT_EXPLORED(Counting, {.strategy = strategy}); }));
  }
}

struct Leaving {
  Shared<Controlled, int> x{"x"};
  void body(UnitOf<Controlled>) {
    now(x.load());
    std::exit(0);
  }
  void finish(Outcome&) const {}
};

TEST(ExpectExploredDeathTest, ABodyThatEndsTheProgramHasNotPassed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(EXPECT_EXPLORED(Leaving), ::testing::ExitedWithCode(1),
              "EXPECT_EXPLORED\\(Leaving\\): a body ended the program");
}

class Replaying : public ::testing::Test {
 protected:
  void SetUp() override { ::testing::internal::CaptureStdout(); }
  void TearDown() override { unsetenv("ASSAY_REPLAY"); }
  static void ask(const char* replay) { setenv("ASSAY_REPLAY", replay, 1); }
  static std::string printed() { return ::testing::internal::GetCapturedStdout(); }
};

TEST_F(Replaying, TakesTheOneScheduleAndPrintsIt) {
  ask("Unlocked/2/sc/a2b2");
  EXPECT_EXPLORED(Unlocked);  // One unit after the other: nothing is wrong.
  expect_in("   4                       store balance := 20", printed());
}

TEST_F(Replaying, FailsAsTheExplorationDid) {
  ask("Unlocked/2/sc/ab2a");
  expect_in("expected nothing wrong, found a failed assertion: no deposit is lost",
            failure_of([] { EXPECT_EXPLORED(Unlocked); }));
  EXPECT_EXPLORED(Unlocked, {.finds = FailureKind::kAssertion});
  ask("Unlocked/2/sc/a2b2");
  expect_in("expected a failed assertion, which this schedule does not show",
            failure_of([] { EXPECT_EXPLORED(Unlocked, {.finds = FailureKind::kAssertion}); }));
  expect_in("failed assertion: no deposit is lost", printed());
}

TEST_F(Replaying, WhatIsNoScheduleOfItIsRefused) {
  ask("Unlocked/2/sc/a2?");
  expect_in("expected a unit (a to z, A to F) at character 3",
            failure_of([] { EXPECT_EXPLORED(Unlocked); }));
  ask("Unlocked/2/sc/a9");
  expect_in("the replay differs: step 3 cannot be taken",
            failure_of([] { EXPECT_EXPLORED(Unlocked); }));
  ask("Another/2/sc/a");
  EXPECT_EXPLORED(Locked);
  expect_in("ASSAY_REPLAY names 'Another/2/sc': all of 'Locked/2/sc' is explored", printed());
}

}  // namespace
}  // namespace assay
