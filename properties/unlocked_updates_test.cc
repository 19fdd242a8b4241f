#include <gtest/gtest.h>
#include <rapidcheck/Random.h>

#include <optional>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/program_rounds.h"
#include "properties/updates.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged judged(Runtime& runtime, Effort effort = Effort::kQuick) {
  ProbeOptions options;
  options.effort = effort;
  options.units = {2, 16};
  return judge_runtime(runtime, TraitId::kUnlockedUpdates, options);
}

/// Loses updates of programs that take a lock.
void lose_one(const Program& program, Trace& trace) {
  if (program.locks == 0) return;
  for (std::size_t unit = 0; unit < trace.units.size(); ++unit) {
    for (Event& event : trace.units[unit].events) {
      const Step& step = program.units[unit][event.step];
      if (step.op == Op::kRead && step.cell == 0) event.value -= 1;
    }
  }
}

/// What all updates of the cell that a step reads come to; nothing where it is not updated.
std::optional<std::int64_t> updates_of_cell(const Program& program, const Step& read) {
  std::optional<std::int64_t> sum;
  for (const auto& steps : program.units) {
    for (const Step& each : steps) {
      const bool adds = each.op == Op::kAdd || each.op == Op::kAddAcross;
      if (!adds || each.region != read.region || each.cell != read.cell) continue;
      sum = sum.value_or(0) + each.count * each.value;
    }
  }
  return sum;
}

/// Keeps every update.
void keep_all(const Program& program, Trace& trace) {
  for (std::size_t unit = 0; unit < trace.units.size(); ++unit) {
    for (Event& event : trace.units[unit].events) {
      const Step& step = program.units[unit][event.step];
      if (step.op != Op::kRead) continue;
      event.value = updates_of_cell(program, step).value_or(event.value);
    }
  }
}

/// True when the sums are less than all updates together.
bool loses(const Plan& plan, const Sums& sums) {
  std::int64_t left = 0;
  for (const auto& [cell, sum] : sums) left += sum;
  for (const Move& move : plan.moves) {
    const bool adds = move.step.op == Op::kAdd || move.step.op == Op::kAddAcross;
    if (adds) left -= move.step.count;
  }
  return left < 0;
}

TEST(UnlockedUpdates, ProcessesUpdatePrivateCopies) {
  const Judged process = judged(fork_runtime());
  EXPECT_EQ(process.verdict.kind, VerdictKind::kUnrefuted) << process.observation.reason;
  EXPECT_EQ(process.observation.allowed, ValueSet{UnlockedUpdates::kPrivate});
}

TEST(UnlockedUpdates, ThreadsLoseUpdates) {
  // On one core that takes a preemption between a load and its store, so larger counts.
  const Judged thread = judged(std_thread(), Effort::kDefault);
  EXPECT_EQ(thread.verdict.kind, VerdictKind::kConfirmed) << thread.observation.reason;
  EXPECT_EQ(thread.observation.allowed, ValueSet{UnlockedUpdates::kLost});
}

TEST(UnlockedUpdates, CoroutinesKeepWhatTheyDoBetweenSuspensions) {
  const Judged coroutines = judged(coroutine());
  EXPECT_EQ(coroutines.verdict.kind, VerdictKind::kUnrefuted) << coroutines.observation.reason;
  EXPECT_FALSE(coroutines.observation.allowed.contains(
      static_cast<std::uint8_t>(UnlockedUpdates::kPrivate)));
}

TEST(UnlockedUpdates, CoroutinesThatTakeTurnsLoseHalfAcrossSuspensions) {
  const Observation coroutines = judged(coroutine()).observation;
  const EvidenceValue* kept = coroutines.evidence.find("kept_across_suspensions");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(std::get<std::string>(*kept), "100 of 200; strict turns keep 100");
}

TEST(UnlockedUpdates, CoroutinesLoseExactlyWhatStrictTurnsLose) {
  const auto generator = update_plans(0, false);
  std::vector<Plan> made;
  std::vector<UpdatesCase> cases;
  std::vector<Program> programs;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    made.push_back(generator(rc::Random(seed), 1 + static_cast<int>(seed * 37 % 100)).value());
    cases.push_back(updates_case(made.back()));
    programs.push_back(cases.back().made.program);
  }
  const std::vector<Trace> traces = coroutine().run_each(programs);
  int losing = 0;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    ASSERT_TRUE(traces[i].completed()) << traces[i].failure();
    const Sums expected = sums_of_strict_turns(made[i]);
    Sums found;
    for (std::size_t cell = 0; cell < cases[i].cells.size(); ++cell) {
      const Place& at = cases[i].reads[0][cell];
      found[cases[i].cells[cell]] = value_at(traces[i], at.unit, at.step).value_or(-1);
    }
    ASSERT_EQ(found, expected) << "seed " << i + 1 << "\n" << to_table(programs[i]);
    losing += loses(made[i], expected) ? 1 : 0;
  }
  // Otherwise nothing was predicted that a sum of all updates would not have said.
  EXPECT_GT(losing, 30);
}

TEST(UnlockedUpdates, StrictTurnsOfTwoUnitsKeepOneOfEveryTwo) {
  Plan plan;
  plan.units = 2;
  plan.ordered = false;
  plan.moves = {{0, add_across(Region::kHeap, kAddAcrossCells, 3)},
                {1, add_across(Region::kHeap, kAddAcrossCells, 3)},
                {1, add(Region::kHeap, kAddCells, 5)}};
  EXPECT_EQ(sums_of_strict_turns(plan),
            (Sums{{{Region::kHeap, kAddCells}, 5}, {{Region::kHeap, kAddAcrossCells}, 3}}));
}

TEST(UnlockedUpdates, ThreadsDeclaredAsCoroutinesAreRefutedByLostUpdates) {
  Impostor impostor(std_thread(), coroutine());
  const Judged lie = judged(impostor, Effort::kDefault);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("were lost"), std::string::npos) << lie.verdict.reason;
}

TEST(UnlockedUpdates, CoroutinesDeclaredAsThreadsAreInconclusive) {
  Impostor impostor(coroutine(), std_thread());
  EXPECT_EQ(judged(impostor).verdict.kind, VerdictKind::kInconclusive);
}

TEST(UnlockedUpdates, ThreadsThatLoseNothingWithinTheBoundAreInconclusive) {
  Doctored lucky(std_thread(), keep_all);
  const Judged found = judged(lucky);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kInconclusive) << found.verdict.reason;
}

TEST(UnlockedUpdates, ProcessesDeclaredAsThreadsAreRefuted) {
  Impostor impostor(fork_runtime(), std_thread());
  EXPECT_EQ(judged(impostor).verdict.kind, VerdictKind::kRefuted);
}

TEST(UnlockedUpdates, ALockThatLosesAnUpdateIsAllowedByNothing) {
  Doctored leaky(coroutine(), lose_one);
  const Judged found = judged(leaky);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_TRUE(found.observation.allowed.empty());
  EXPECT_NE(found.verdict.reason.find("with a lock"), std::string::npos) << found.verdict.reason;
}

}  // namespace
}  // namespace assay
