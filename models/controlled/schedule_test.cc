// Schedules as text, replays, and the smallest schedule that fails.
#include "models/controlled/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/controlled/narrative.h"
#include "models/controlled/testing_bodies.h"

namespace assay::controlled {
namespace {

Body<Controlled> add_twice(Cells& cells, UnitOf<Controlled> unit) {
  for (int i = 0; i < 2; ++i) {
    const int seen = co_await cells.x.load();
    co_await cells.x.store(seen + 1, std::memory_order_release);
    if (unit.index() == 0 && i == 1) co_await cells.y.fetch_add(seen);
  }
}

class Adders : public ::testing::Test {
 protected:
  CellsSubject subject_{{add_twice, add_twice, add_twice}};
  ExecutionOptions options_;
};

TEST(Schedule, TextIsReadAsItWasWritten) {
  const std::vector<Proc> steps = {0, 0, buffer_of(0), 1, 31, 31, 31, 0};
  EXPECT_EQ(to_text(steps), "a2!abF3a");
  EXPECT_EQ(parse_schedule("a2!abF3a").steps, steps);
  EXPECT_EQ(parse_schedule("a2!abF3a-01234").digits, "01234");
  EXPECT_TRUE(parse_schedule("").steps.empty());
}

TEST(Schedule, WhatIsNoneIsRefusedWithThePlace) {
  const auto refusal = [](const char* text) -> std::string {
    try {
      parse_schedule(text);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal("a2?b"),
            "expected a unit (a to z, A to F) at character 3 of the schedule 'a2?b'");
  EXPECT_NE(refusal("a2!"), "accepted");
  EXPECT_NE(refusal("a0"), "accepted");
  EXPECT_NE(refusal("a9999999999"), "accepted");
  EXPECT_NE(refusal("ab-1"), "accepted");
  EXPECT_NE(refusal("a-x"), "accepted");
}

TEST_F(Adders, AThousandReplaysAreTheExecutionTheyRepeat) {
  for (const MemoryModel memory : {MemoryModel::kSc, MemoryModel::kTso}) {
    options_.memory = memory;
    RandomWalk walk(7);
    Execution execution;
    execution.set_recording(true);
    for (int i = 0; i < 1000; ++i) {
      Outcome outcome;
      run_once(execution, subject_, options_, outcome,
               [&](const Execution& e, std::uint64_t choices) { return walk.pick(e, choices); });
      const std::vector<Event> events = execution.events();
      const std::vector<Proc> steps(execution.schedule(), execution.schedule() + execution.steps());
      const std::string text = to_text(steps, events);
      const Story story = replay(subject_, options_, parse_schedule(text));
      ASSERT_EQ(story.mismatch.value_or("none"), "none") << text;
      ASSERT_EQ(story.events, events) << text;
      ASSERT_TRUE(story.outcome.has_value()) << text;
      ASSERT_EQ(story.outcome->text(), outcome.text()) << text;
      ASSERT_EQ(story.text(), text);
    }
  }
}

// The digits depend on operations and values alone: they are the same with every compiler.
TEST_F(Adders, DigitsArePinned) {
  const Story story = replay(subject_, options_, parse_schedule("a3b2a2c4b2"));
  EXPECT_EQ(story.mismatch.value_or("none"), "none");
  EXPECT_EQ(story.text(), "a3b2a2c4b2-7510a");
}

TEST_F(Adders, AReplayThatDiffersSaysWhere) {
  const std::string right = replay(subject_, options_, parse_schedule("a3b2a2")).text();
  std::string wrong = right;
  wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == '0' ? '1' : '0';
  const Story story = replay(subject_, options_, parse_schedule(wrong));
  ASSERT_TRUE(story.mismatch.has_value());
  EXPECT_NE(story.mismatch->find("in steps 4 to 5"), std::string::npos) << *story.mismatch;
  const Story other = replay(subject_, options_, parse_schedule("a5b2a3"));
  ASSERT_TRUE(other.mismatch.has_value());
  EXPECT_EQ(*other.mismatch, "step 8 cannot be taken: unit 0 waits, has ended or is none");
}

TEST(Minimal, ScheduleHasTheFewestPreemptionsAndThenSteps) {
  // Unit 1 meddles between the two steps of unit 0, after some steps that matter to nobody.
  CellsSubject subject({[](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
                          for (int i = 0; i < 3; ++i) co_await cells.y.load();
                          const int before = co_await cells.x.load();
                          const int after = co_await cells.x.load();
                          unit.require(before == after, "nobody meddles");
                          co_await cells.y.load();
                        },
                        [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                          co_await cells.flag.load();
                          co_await cells.x.store(1);
                          co_await cells.flag.load();
                        }});
  ExploreOptions options;
  options.strategy = Strategy::kRandom;
  options.executions = 2000;
  const Exploration found = explore(subject, options);
  ASSERT_NE(found.failure(), nullptr);
  const Minimal minimal = minimize(subject, options.execution, *found.failure());
  EXPECT_TRUE(minimal.certain);
  EXPECT_EQ(minimal.preemptions, 1U);
  EXPECT_EQ(to_text(minimal.failing.schedule), "a4b3a");
  Schedule schedule;
  schedule.steps = minimal.failing.schedule;
  const Story story = replay(subject, options.execution, schedule);
  ASSERT_EQ(story.failures.size(), 1U);
  EXPECT_EQ(story.failures.front().text, "nobody meddles");
}

TEST(Table, ShowsStepsValuesAndTheRacingPair) {
  CellsSubject subject({[](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
                          co_await cells.x.write(5);
                          co_await cells.flag.store(1, std::memory_order_relaxed);
                        },
                        [](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
                          co_await cells.flag.until_equal(unit, 1, std::memory_order_relaxed);
                          co_await cells.x.read();
                        }});
  const Story story = replay(subject, ExecutionOptions{}, parse_schedule("a2b2"));
  EXPECT_EQ(table_of(story),
            "step  unit 0                     unit 1\n"
            "   1  write x := 5 <<\n"
            "   2  store flag := 1 (relaxed)\n"
            "   3                             await flag = 1 (relaxed)\n"
            "   4                             read x = 5 <<\n"
            "data race: unit 0 writes and unit 1 reads x, and neither happens before the other\n");
}

TEST_F(Adders, AScheduleThatIsTooShortSaysSo) {
  const Story story = replay(subject_, options_, parse_schedule("a3b"));
  EXPECT_TRUE(story.unfinished);
  EXPECT_NE(table_of(story).find("the schedule ends before the execution does"), std::string::npos)
      << table_of(story);
}

TEST(Table, ShowsWhatUnitsWaitFor) {
  CellsSubject subject({[](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
                          co_await cells.first.lock(unit);
                          co_await cells.semaphore.acquire(unit);
                        },
                        [](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
                          co_await cells.first.lock(unit);
                        }});
  const Story story = replay(subject, ExecutionOptions{}, parse_schedule("a"));
  EXPECT_EQ(table_of(story),
            "step  unit 0                    unit 1\n"
            "   1  lock first\n"
            " end  waits: acquire semaphore  waits: lock first (held by unit 0)\n"
            "deadlock: unit 0 waits for semaphore (acquire); unit 1 waits for first, held by unit "
            "0 (lock)\n");
}

TEST(Pct, CertificateIsThePapersBound) {
  const Certificate pinned = certificate(2, 100, 2);
  EXPECT_DOUBLE_EQ(pinned.bound, 1.0 / 200);
  EXPECT_EQ(pinned.runs, 919U);
  EXPECT_EQ(certificate(1, 5, 1).runs, 1U);
}

// At least as often as it promises, for a defect of depth 2 in a program of few steps.
TEST(Pct, FindsADefectAsOftenAsItPromises) {
  const BodyOfCells set_twice = [](Cells& cells, UnitOf<Controlled>) -> Body<Controlled> {
    for (int i = 0; i < 5; ++i) co_await cells.y.load();
    co_await cells.x.store(1);
    co_await cells.x.store(0);
  };
  const BodyOfCells look = [](Cells& cells, UnitOf<Controlled> unit) -> Body<Controlled> {
    unit.require(co_await cells.x.load() == 0, "x is never 1");
  };
  ExploreOptions options;
  options.strategy = Strategy::kPct;
  options.executions = 20'000;
  const Exploration result = explore_bodies({set_twice, look}, options);
  ASSERT_TRUE(result.pct.has_value());
  EXPECT_EQ(result.pct->steps, 8U);
  // Four standard deviations below what is expected where the bound is exact, as it is here.
  const double expected = result.pct->bound * static_cast<double>(result.executions);
  EXPECT_GE(static_cast<double>(result.failing), expected - 4 * std::sqrt(expected));
}

}  // namespace
}  // namespace assay::controlled
