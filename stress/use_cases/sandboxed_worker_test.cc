#include "stress/use_cases/sandboxed_worker.h"

#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

std::string text_of(const SandboxResult& result) {
  std::string text = result.reason + "\n";
  for (const std::string& line : to_lines(result)) text += line + "\n";
  for (const std::string& end : result.hostile_ends) text += "hostile: " + end + "\n";
  return text;
}

TEST(SandboxedWorker, AForkedWorkerIsContained) {
  const SandboxResult result = run_sandboxed_worker(fork_runtime(), {});
  if (result.outcome == UseCaseOutcome::kUndecided) GTEST_SKIP() << result.reason;
  EXPECT_EQ(result.outcome, UseCaseOutcome::kWorked) << text_of(result);
  EXPECT_EQ(result.refused + result.undecided, kAttacks - 1) << text_of(result);
  EXPECT_EQ(result.worker_end, "was killed by SIGSYS") << text_of(result);
  ASSERT_EQ(result.hostile_ends.size(), 4U) << text_of(result);
  EXPECT_EQ(result.hostile_ends.back(), "completed");
}

TEST(SandboxedWorker, AnUnconfinedChildOverwritesItsParent) {
  const SandboxResult result = run_sandboxed_worker(fork_runtime(), {});
  const AttackTry& store = result.attacks[static_cast<std::size_t>(Attack::kStore)];
  const AttackTry& write = result.attacks[static_cast<std::size_t>(Attack::kProcessVmWritev)];
  const AttackTry& signal = result.attacks[static_cast<std::size_t>(Attack::kSignal)];
  EXPECT_FALSE(store.worked_unconfined) << text_of(result);
  EXPECT_TRUE(signal.worked_unconfined) << text_of(result);
  // Where a security module forbids it, it says so.
  EXPECT_EQ(write.worked_unconfined, write.error_unconfined == 0) << text_of(result);
}

TEST(SandboxedWorker, AThreadReachesItsParentInSpiteOfTheFilter) {
  const SandboxResult result = run_sandboxed_worker(std_thread(), {});
  EXPECT_EQ(result.outcome, UseCaseOutcome::kFailed) << text_of(result);
  EXPECT_NE(result.reason.find("ordinary store"), std::string::npos) << text_of(result);
}

TEST(SandboxedWorker, ACoroutineReachesItsParentInSpiteOfTheFilter) {
  const SandboxResult result = run_sandboxed_worker(coroutine(), {});
  EXPECT_EQ(result.outcome, UseCaseOutcome::kFailed) << text_of(result);
}

}  // namespace
}  // namespace assay
