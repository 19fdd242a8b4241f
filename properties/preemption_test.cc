#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"
#include "properties/mutants/mutant.h"
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

}  // namespace
}  // namespace assay
