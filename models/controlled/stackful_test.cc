// Plain functions as units.
#include "models/controlled/stackful.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/controlled/testing_bodies.h"

namespace assay::controlled {
namespace {

struct CoroutineIncrements {
  Shared<Controlled, int> x{"x"};
  Body<Controlled> body(UnitOf<Controlled>) {
    for (int i = 0; i < 2; ++i) co_await x.write(co_await x.read() + 1);
  }
  void finish(Outcome& outcome) { outcome.record(x.value()); }
};

/// The same as a plain function that calls another one.
struct PlainIncrements {
  Shared<Controlled, int> x{"x"};
  void body(UnitOf<Controlled>) {
    for (int i = 0; i < 2; ++i) increment();
  }
  void increment() {
    const int seen = now(x.read());
    now(x.write(seen + 1));
  }
  void finish(Outcome& outcome) { outcome.record(x.value()); }
};

template <typename Scenario>
Exploration explored(std::size_t units, ExploreOptions options = {}) {
  ScenarioSubject<Scenario> subject(units);
  return explore(subject, options);
}

TEST(Stackful, PlainFunctionsHaveTheExecutionsOfCoroutines) {
  const Exploration coroutines = explored<CoroutineIncrements>(3);
  const Exploration functions = explored<PlainIncrements>(3);
  EXPECT_EQ(functions.executions, 7'134U);
  EXPECT_TRUE(functions.exhausted);
  EXPECT_EQ(functions.outcomes, coroutines.outcomes);
}

/// A routine, and an operation with several steps, from a plain function.
struct PlainWait {
  Mutex<Controlled> mutex{"mutex"};
  ConditionVariable<Controlled> condition{"condition"};
  Shared<Controlled, int> ready{"ready"};
  void body(UnitOf<Controlled> unit) {
    now(mutex.lock(unit));
    if (unit.index() == 0) {
      while (now(ready.read()) == 0) now(condition.wait(unit, mutex));
    } else {
      now(ready.write(1));
      now(condition.notify_one());
    }
    now(mutex.unlock());
  }
  void finish(Outcome& outcome) { outcome.record(ready.value()); }
};

TEST(Stackful, RoutinesAreAwaitedOnTheStack) {
  const Exploration result = explored<PlainWait>(2);
  EXPECT_TRUE(result.exhausted);
  EXPECT_TRUE(result.passed()) << result.failure()->text;
}

struct PlainDeadlock {
  Mutex<Controlled> first{"first"};
  Mutex<Controlled> second{"second"};
  std::shared_ptr<int> held = std::make_shared<int>(0);
  void body(UnitOf<Controlled> unit) {
    // Given back although the unit never comes to its end; AddressSanitizer would see the leak.
    const std::shared_ptr<int> mine = held;
    const std::unique_ptr<int> own = std::make_unique<int>(1);
    Mutex<Controlled>& outer = unit.index() == 0 ? first : second;
    Mutex<Controlled>& inner = unit.index() == 0 ? second : first;
    now(outer.lock(unit));
    now(inner.lock(unit));
    now(inner.unlock());
    now(outer.unlock());
  }
  void finish(Outcome&) {}
  ~PlainDeadlock() { leaked = leaked || held.use_count() != 1; }
  static inline bool leaked = false;
};

TEST(Stackful, UnitsThatNeverGoOnAreUnwound) {
  const Exploration result = explored<PlainDeadlock>(2);
  EXPECT_NE(result.failure(FailureKind::kDeadlock), nullptr);
  EXPECT_TRUE(result.exhausted);
  EXPECT_FALSE(PlainDeadlock::leaked);
}

struct PlainThrow {
  Shared<Controlled, int> x{"x"};
  void body(UnitOf<Controlled>) {
    now(x.load());
    throw std::runtime_error("no more");
  }
  void finish(Outcome&) {}
};

TEST(Stackful, ExceptionsAreFailures) {
  const Exploration result = explored<PlainThrow>(1);
  ASSERT_NE(result.failure(), nullptr);
  EXPECT_EQ(result.failure()->text, "an exception left the body of unit 0: no more");
}

}  // namespace
}  // namespace assay::controlled
