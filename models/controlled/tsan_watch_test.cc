// ThreadSanitizer as a witness of executions: what it sees, every time, and what it cannot.
#include "models/controlled/tsan_watch.h"

#include <gtest/gtest.h>

#include <vector>

#include "models/controlled/enumeration.h"
#include "models/controlled/testing_bodies.h"
#include "models/controlled/watching.h"

namespace assay::controlled {
namespace {

ExecutionOptions watched(Watch watch = Watch::kThreads) {
  ExecutionOptions options;
  options.watch = watch;
  return options;
}

Body<Controlled> increment(Cells& cells, UnitOf<Controlled>) {
  const int seen = co_await cells.x.read();
  co_await cells.x.write(seen + 1);
}
Body<Controlled> increment_atomically(Cells& cells, UnitOf<Controlled>) {
  co_await cells.x.fetch_add(1, std::memory_order_relaxed);
}
Body<Controlled> increment_locked(Cells& cells, UnitOf<Controlled> unit) {
  co_await cells.first.lock(unit);
  co_await cells.x.write(co_await cells.x.read() + 1);
  co_await cells.first.unlock();
}

// Both read before either writes.
const std::vector<Proc> kLost = {0, 1, 1, 0};

TEST(TsanWatch, ALostUpdateOnAFixedScheduleIsReportedEveryTime) {
  Watching watching;
  CellsSubject subject({&increment, &increment});
  for (int i = 0; i < 200; ++i) {
    const Verdicts said = watching.replay(subject, watched(), kLost);
    ASSERT_NE(said.race(), nullptr) << "run " << i << " of 200: expected a report, found none";
    EXPECT_EQ(
        watching.execution().name_of_object(watching.execution().object_at(said.race()->address)),
        "x");
    EXPECT_EQ(said.race()->first_unit, 0);
    EXPECT_FALSE(said.race()->first_writes);
    EXPECT_EQ(said.race()->second_unit, 1);
    EXPECT_TRUE(said.race()->second_writes);
  }
}

TEST(TsanWatch, TheFixedTwinsAreNeverReported) {
  Watching watching;
  for (const BodyOfCells body : {&increment_atomically, &increment_locked}) {
    CellsSubject subject({body, body, body});
    RandomWalk walk(1);
    for (int i = 0; i < 200; ++i) {
      const Verdicts said = watching.run(
          subject, watched(), [&](const Execution& e, std::uint64_t c) { return walk.pick(e, c); });
      ASSERT_TRUE(said.tsan.empty()) << "run " << i << " of 200: expected no report";
    }
  }
}

TEST(TsanWatch, AReplaySeesWhatTheRunSaw) {
  Watching watching;
  CellsSubject subject({&increment, &increment_locked, &increment_atomically});
  RandomWalk walk(7);
  for (int i = 0; i < 150; ++i) {
    const Verdicts run = watching.run(
        subject, watched(), [&](const Execution& e, std::uint64_t c) { return walk.pick(e, c); });
    const Verdicts again = watching.replay(subject, watched(), run.schedule);
    EXPECT_EQ(again.schedule, run.schedule);
    ASSERT_EQ(again.race() == nullptr, run.race() == nullptr) << "run " << i << " of 150";
    if (run.race() == nullptr) continue;
    EXPECT_EQ(again.race()->first_unit, run.race()->first_unit);
    EXPECT_EQ(again.race()->second_unit, run.race()->second_unit);
  }
}

// A write after reads of three units races with those that nothing orders before it, and either
// detector may name any of them. Unit 2 tells unit 3 of its read.
TEST(TsanWatch, TheFirstAccessIsOneOfThoseThatRace) {
  using Access = Verdicts::Access;
  Watching watching;
  const BodyOfCells read = [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
    co_await cells.x.read();
  };
  CellsSubject subject({read, read,
                        [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                          co_await cells.x.read();
                          co_await cells.flag.store(1, std::memory_order_release);
                        },
                        [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                          co_await cells.flag.load(std::memory_order_acquire);
                          co_await cells.x.write(1);
                        }});
  const Verdicts said = watching.replay(subject, watched(), {2, 2, 1, 0, 3, 3});
  EXPECT_EQ(said.first_accesses, (std::vector<Access>{{1, false}, {0, false}}));
  ASSERT_NE(said.race(), nullptr);
  EXPECT_EQ(said.race()->second_unit, 3);
  EXPECT_TRUE(said.may_be_first({said.race()->first_unit, said.race()->first_writes}))
      << "expected unit 0 or unit 1, found unit " << int{said.race()->first_unit};
  ASSERT_TRUE(said.explorer.has_value());
  EXPECT_TRUE(said.may_be_first({said.explorer->first_unit, said.explorer->first_writes}));
  EXPECT_FALSE(said.may_be_first({2, false}));
}

TEST(TsanWatch, OfThreeLostUpdatesBothNameTwoThatRace) {
  Watching watching;
  CellsSubject subject({&increment, &increment, &increment});
  Enumeration all;
  int named_otherwise = 0;
  do {
    const Verdicts said = watching.run(
        subject, watched(), [&](const Execution& e, std::uint64_t c) { return all.pick(e, c); });
    ASSERT_TRUE(said.explorer.has_value());
    ASSERT_NE(said.race(), nullptr);
    const Race& race = *said.explorer;
    const Sighting& sighting = *said.race();
    EXPECT_EQ(sighting.second_unit, race.second_unit);
    EXPECT_TRUE(said.may_be_first({race.first_unit, race.first_writes}));
    EXPECT_TRUE(said.may_be_first({sighting.first_unit, sighting.first_writes}));
    named_otherwise += sighting.first_unit != race.first_unit ? 1 : 0;
  } while (all.next());
  RecordProperty("named_otherwise", named_otherwise);
}

// What an acquiring access reads orders the access itself, of the same variable, too.
TEST(TsanWatch, AnAccessIsJudgedByWhatItAcquires) {
  Watching watching;
  const BodyOfCells publish = [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
    co_await cells.x.write(1);
    co_await cells.x.store(2, std::memory_order_release);
  };
  CellsSubject ordered({publish, [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                          co_await cells.x.load(std::memory_order_acquire);
                        }});
  const Verdicts acquired = watching.replay(ordered, watched(), {0, 0, 1});
  EXPECT_FALSE(acquired.explorer.has_value());
  EXPECT_EQ(acquired.race(), nullptr);
  CellsSubject unordered({publish, [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                            co_await cells.x.load(std::memory_order_relaxed);
                          }});
  const Verdicts relaxed = watching.replay(unordered, watched(), {0, 0, 1});
  EXPECT_TRUE(relaxed.explorer.has_value());
  EXPECT_NE(relaxed.race(), nullptr);
}

// Threads that are preempted and coroutines in one experiment: only the switch differs.
TEST(TsanWatch, SwitchesThatOrderMakeTheSameScheduleSilent) {
  Watching watching;
  CellsSubject subject({&increment, &increment});
  const Verdicts said = watching.replay(subject, watched(Watch::kCoroutines), kLost);
  EXPECT_TRUE(said.tsan.empty()) << "expected no report, found " << said.tsan.size();
  EXPECT_TRUE(said.explorer.has_value());
}

TEST(TsanWatch, ALockOrderInversionIsSeenWithoutADeadlock) {
  Watching watching;
  CellsSubject subject({[](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
                          co_await cells.first.lock(unit);
                          co_await cells.second.lock(unit);
                          co_await cells.second.unlock();
                          co_await cells.first.unlock();
                        },
                        [](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
                          co_await cells.second.lock(unit);
                          co_await cells.first.lock(unit);
                          co_await cells.first.unlock();
                          co_await cells.second.unlock();
                        }});
  const Verdicts said = watching.replay(subject, watched(), {0, 0, 0, 0, 1, 1, 1, 1});
  ASSERT_EQ(said.tsan.size(), 1U);
  EXPECT_EQ(said.tsan.front().kind, Sighting::Kind::kLockOrder);
  EXPECT_TRUE(watching.execution().all_ended());
}

/// Memory that is no variable of the scenario: no step, and the explorer knows nothing of it.
struct Ordinary {
  int total = 0;
  void finish(Outcome& outcome) { outcome.record(total); }
};
struct OrdinaryCoroutine : Ordinary {
  Body<Controlled> body(UnitOf<Controlled> unit) {
    co_await unit.yield();
    total += 1;
    co_await unit.yield();
  }
};
struct OrdinaryFunction : Ordinary {
  void body(UnitOf<Controlled> unit) {
    now(unit.yield());
    add();
    now(unit.yield());
  }
  void add() { total += 1; }
};

template <typename Scenario>
std::size_t races_of_ordinary_memory(Watch watch) {
  Watching watching;
  ScenarioSubject<Scenario> subject(2);
  std::size_t races = 0;
  RandomWalk walk(3);
  for (int i = 0; i < 50; ++i) {
    const Verdicts said =
        watching.run(subject, watched(watch),
                     [&](const Execution& e, std::uint64_t c) { return walk.pick(e, c); });
    EXPECT_FALSE(said.explorer.has_value());
    if (said.race() == nullptr) continue;
    ++races;
    EXPECT_EQ(watching.execution().object_at(said.race()->address), kNoObject);
  }
  return races;
}

TEST(TsanWatch, OrdinaryMemoryIsSeenToo) {
  EXPECT_EQ(races_of_ordinary_memory<OrdinaryCoroutine>(Watch::kThreads), 50U);
  EXPECT_EQ(races_of_ordinary_memory<OrdinaryFunction>(Watch::kThreads), 50U);
  EXPECT_EQ(races_of_ordinary_memory<OrdinaryCoroutine>(Watch::kCoroutines), 0U);
  EXPECT_EQ(races_of_ordinary_memory<OrdinaryFunction>(Watch::kCoroutines), 0U);
}

/// Units with a stack of their own, one of which is abandoned in some schedules.
struct PlainFunctions {
  Shared<Controlled, int> x{"x"};
  Mutex<Controlled> first{"first"};
  Mutex<Controlled> second{"second"};
  void body(UnitOf<Controlled> unit) {
    Mutex<Controlled>& outer = unit.index() == 0 ? first : second;
    Mutex<Controlled>& inner = unit.index() == 0 ? second : first;
    now(outer.lock(unit));
    const int seen = now(x.read());
    now(inner.lock(unit));
    now(x.write(seen + 1));
    now(inner.unlock());
    now(outer.unlock());
    now(x.read());  // Without a lock: a race where the other writes later.
  }
  void finish(Outcome& outcome) { outcome.record(x.value()); }
};

TEST(TsanWatch, PlainFunctionsAreJudgedAsCoroutinesAre) {
  Watching watching;
  ScenarioSubject<PlainFunctions> subject(2);
  Enumeration all;
  std::size_t raced = 0;
  std::size_t silent = 0;
  do {
    const Verdicts said = watching.run(
        subject, watched(), [&](const Execution& e, std::uint64_t c) { return all.pick(e, c); });
    EXPECT_EQ(said.race() != nullptr, said.explorer.has_value());
    ++(said.race() != nullptr ? raced : silent);
  } while (all.next());
  EXPECT_GT(raced, 0U);
  EXPECT_GT(silent, 0U);
}

// What ThreadSanitizer cannot see. These are its limits and not the explorer's; when one of them
// falls, docs/exploring.md has to be told.

TEST(TsanWatchIsBlind, FencesAreUnknownToItAndSoAFalseAlarm) {
  Watching watching;
  CellsSubject subject({[](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
                          co_await cells.x.write(1);
                          co_await unit.fence(std::memory_order_release);
                          co_await cells.flag.store(1, std::memory_order_relaxed);
                        },
                        [](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
                          co_await cells.flag.until_equal(unit, 1, std::memory_order_relaxed);
                          co_await unit.fence(std::memory_order_acquire);
                          co_await cells.x.read();
                        }});
  const Verdicts said = watching.replay(subject, watched(), {0, 0, 0, 1, 1, 1});
  EXPECT_FALSE(said.explorer.has_value());
  EXPECT_NE(said.race(), nullptr);
}

// A store begins a new release sequence; for ThreadSanitizer the old one goes on.
TEST(TsanWatchIsBlind, ARelaxedStoreOfAnotherUnitDoesNotEndAReleaseSequence) {
  Watching watching;
  CellsSubject subject({[](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                          co_await cells.x.write(1);
                          co_await cells.flag.store(1, std::memory_order_release);
                        },
                        [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                          co_await cells.flag.store(2, std::memory_order_relaxed);
                        },
                        [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                          co_await cells.flag.load(std::memory_order_acquire);
                          co_await cells.x.read();
                        }});
  const Verdicts said = watching.replay(subject, watched(), {0, 0, 1, 2, 2});
  EXPECT_TRUE(said.explorer.has_value());
  EXPECT_EQ(said.race(), nullptr);
}

}  // namespace
}  // namespace assay::controlled
