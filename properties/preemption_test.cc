#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/mutants/mutant.h"
#include "properties/property.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged observe(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  return judge_runtime(runtime, TraitId::kPreemption, options);
}

TEST(Preemption, ProcessesArePreempted) {
  const Judged judged = observe(fork_runtime());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
}

TEST(Preemption, ThreadsArePreempted) {
  const Judged judged = observe(std_thread());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
}

TEST(Preemption, CoroutinesAreNotPreempted) {
  const Judged judged = observe(coroutine());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kUnrefuted) << judged.observation.reason;
  EXPECT_GT(judged.observation.tries, 0U);
}

/// The most yields of one unit.
std::uint64_t most_yields(const Program& program) {
  std::uint64_t most = 0;
  for (const auto& unit : program.units) {
    std::uint64_t yields = 0;
    for (const Step& step : unit) yields += step.op == Op::kYield ? step.count : 0;
    most = std::max(most, yields);
  }
  return most;
}

// Each yield gives the spinner a slice, and a runtime may take many of them for one.
TEST(Preemption, YieldsDoNotFillTheBoundOfTheSlowerCases) {
  int yielding = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Case one = case_of(properties_of(TraitId::kPreemption).at(0), 0, 1, i).value();
    if (most_yields(one.program) < 2) continue;
    ++yielding;
    const std::vector<Case> slower = one.slower();
    EXPECT_LE(most_yields(slower.front().program), 1U) << "case " << i;
    EXPECT_EQ(most_yields(slower.back().program), 0U) << "case " << i;
  }
  EXPECT_GT(yielding, 10);
}

TEST(Preemption, CoroutinesThatClaimItAreRefuted) {
  Impostor impostor(coroutine(), std_thread());
  const Judged judged = observe(impostor);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("no sibling made progress"));
  EXPECT_THAT(judged.observation.counterexample, testing::HasSubstr("spin_until"));
}

TEST(Preemption, ThreadsThatDenyItAreRefuted) {
  Impostor impostor(std_thread(), coroutine());
  const Judged judged = observe(impostor);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("siblings made progress"));
}

TEST(Preemption, ThreadsThatPassABatonAreNotPreempted) {
  Runtime& threads = *find_mutant("hidden_lock")->runtime;
  const Judged judged = observe(threads);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted) << judged.observation.reason;
}

TEST(Preemption, OneUnitOfManyThatIsNotPreemptedIsFound) {
  Doctored keeping(std_thread(), [](const Program& program, Trace& trace) {
    if (program.units.size() != 8) return;
    for (Event& event : trace.units[5].events) {
      const Step& step = program.units[5][event.step];
      if (step.op == Op::kRead) event.value = 0;
    }
  });
  const Judged judged = observe(keeping);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("while unit 5 of 8 spun"));
}

}  // namespace
}  // namespace assay
