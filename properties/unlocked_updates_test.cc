#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
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

/// Keeps every update.
void keep_all(const Program& program, Trace& trace) {
  for (std::size_t unit = 0; unit < trace.units.size(); ++unit) {
    for (Event& event : trace.units[unit].events) {
      const Step& step = program.units[unit][event.step];
      if (step.op != Op::kRead || step.cell != 0) continue;
      event.value = 0;
      for (const auto& steps : program.units) {
        for (const Step& each : steps) {
          const bool adds = each.op == Op::kAdd || each.op == Op::kAddAcross;
          event.value += adds ? each.count : 0;
        }
      }
    }
  }
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
  EXPECT_EQ(judged(lucky).verdict.kind, VerdictKind::kInconclusive);
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
