#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"
#include "properties/verdict_of.h"
#include "stress/use_cases/wrong_runtimes.h"

namespace assay {
namespace {

constexpr auto kIsolation = static_cast<std::uint8_t>(UseCase::kIsolation);
constexpr auto kParallelCompute = static_cast<std::uint8_t>(UseCase::kParallelCompute);
constexpr auto kHighConcurrency = static_cast<std::uint8_t>(UseCase::kHighConcurrency);

Judged judged(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.units = {2, 20};
  return judge_runtime(runtime, TraitId::kUseCase, options);
}

TEST(UseCase, ForkIsForIsolation) {
  const auto [seen, verdict] = judged(fork_runtime());
  // Where the kernel refuses a filter, that is said, and the claim is left open.
  if (seen.evidence.find("confined_worker") == nullptr) FAIL() << seen.reason;
  EXPECT_NE(verdict.kind, VerdictKind::kRefuted) << verdict.reason;
  EXPECT_EQ(verdict.kind == VerdictKind::kConfirmed, seen.witnessed.contains(kIsolation));
  EXPECT_TRUE(seen.allowed.contains(kParallelCompute)) << seen.reason;
  EXPECT_TRUE(seen.witnessed.contains(kHighConcurrency)) << seen.reason;
}

TEST(UseCase, ThreadsAreNotRefuted) {
  const auto [seen, verdict] = judged(std_thread());
  EXPECT_NE(verdict.kind, VerdictKind::kRefuted) << verdict.reason;
  EXPECT_FALSE(seen.allowed.contains(kIsolation)) << seen.reason;
}

TEST(UseCase, CoroutinesAreForHighConcurrency) {
  const auto [seen, verdict] = judged(coroutine());
  EXPECT_EQ(verdict.kind, VerdictKind::kConfirmed) << seen.reason;
  EXPECT_FALSE(seen.witnessed.contains(kParallelCompute)) << seen.reason;
  EXPECT_GT(seen.tries, 0U);
  EXPECT_LE(seen.figure.size(), 24U) << seen.figure;
}

TEST(UseCase, AThreadThatClaimsIsolationIsRefuted) {
  Impostor impostor(std_thread(), fork_runtime());
  const auto [seen, verdict] = judged(impostor);
  EXPECT_EQ(verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(verdict.reason.find("an ordinary store of the worker changed its parent's memory"),
            std::string::npos)
      << verdict.reason;
  EXPECT_NE(seen.counterexample.find("process_vm_writev"), std::string::npos);
}

TEST(UseCase, ACoroutineThatClaimsParallelComputeIsNotConfirmed) {
  Impostor impostor(coroutine(), std_thread());
  const auto [seen, verdict] = judged(impostor);
  // Refuted where two cores were free, and undecided where not.
  EXPECT_NE(verdict.kind, VerdictKind::kConfirmed) << seen.reason;
  EXPECT_EQ(verdict.kind == VerdictKind::kRefuted, !seen.allowed.contains(kParallelCompute));
}

TEST(UseCase, ThreadsInSeriesAreRefutedAsConcurrent) {
  SerialThreads serial;
  Impostor impostor(serial, coroutine());
  const auto [seen, verdict] = judged(impostor);
  EXPECT_EQ(verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(verdict.reason.find("expected 2 connections open at once, found 1"), std::string::npos)
      << verdict.reason;
}

TEST(UseCase, AForgottenUnitIsRefutedAsParallel) {
  ForgetfulThreads forgetful;
  const auto [seen, verdict] = judged(forgetful);
  const auto* cores = seen.evidence.find("reduction_units");
  ASSERT_NE(cores, nullptr);
  if (std::get<std::int64_t>(*cores) < 2) GTEST_SKIP() << "one core: nothing to split";
  EXPECT_EQ(verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(verdict.reason.find("expected the sum"), std::string::npos) << verdict.reason;
}

TEST(UseCase, WithoutBodiesNothingIsMeasured) {
  struct ProgramsOnly : Runtime {
    [[nodiscard]] const RuntimeInfo& info() const override { return std_thread().info(); }
    Trace run(const Program& program) override { return std_thread().run(program); }
  } runtime;
  const auto [seen, verdict] = judged(runtime);
  EXPECT_FALSE(seen.measured);
  EXPECT_EQ(verdict.kind, VerdictKind::kInconclusive);
}

}  // namespace
}  // namespace assay
