#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged observe(Runtime& runtime, std::vector<std::size_t> units = {}) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.units = std::move(units);
  return judge_runtime(runtime, TraitId::kUnjoinedWork, options);
}

TEST(UnjoinedWork, OfProcessesContinues) {
  const Judged judged = observe(fork_runtime(), {2, 16});
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
  EXPECT_EQ(judged.observation.tries, 2U);
}

TEST(UnjoinedWork, OfThreadsEnds) {
  const Judged judged = observe(std_thread(), {2, 16});
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kUnrefuted) << judged.observation.reason;
}

TEST(UnjoinedWork, OfCoroutinesEnds) {
  const Judged judged = observe(coroutine());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kUnrefuted) << judged.observation.reason;
}

TEST(UnjoinedWork, ThreadsThatClaimToContinueAreRefuted) {
  Impostor impostor(std_thread(), fork_runtime());
  const Judged judged = observe(impostor);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("no work was done in"));
}

TEST(UnjoinedWork, ProcessesThatClaimToEndAreRefuted) {
  Impostor impostor(fork_runtime(), std_thread());
  const Judged judged = observe(impostor);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason,
              testing::HasSubstr("work went on after the program had exited"));
}

TEST(UnjoinedWork, NeedsBodies) {
  Doctored without_bodies(std_thread(), [](const Program&, Trace&) {});
  const Judged judged = observe(without_bodies);
  EXPECT_FALSE(judged.observation.measured);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("bodies"));
}

/// Its units are lost, and do no work.
class Workless : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return std_thread().info(); }

 protected:
  void run_units(Run&, std::span<Unit>, std::chrono::nanoseconds) override {}
};

TEST(UnjoinedWork, IsNotMeasuredWithoutWork) {
  Workless workless;
  const Judged judged = observe(workless);
  EXPECT_FALSE(judged.observation.measured);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("did not do enough work"));
}

}  // namespace
}  // namespace assay
