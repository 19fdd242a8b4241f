#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged observe(Runtime& runtime, const std::string& helper = std::getenv("RACE_HELPER")) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.units = {2, 8};
  options.race_helper = helper;
  return judge_runtime(runtime, TraitId::kUnsynchronizedRace, options);
}

/// The units of one runtime under its own name, with the claims of another.
class Liar : public Runtime {
 public:
  Liar(Runtime& behaves_as, Runtime& declares_as) : info_(declares_as.info()) {
    info_.name = behaves_as.info().name;
  }
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  Trace run(const Program&) override { return {}; }

 private:
  RuntimeInfo info_;
};

TEST(UnsynchronizedRace, OfThreadsIsReportedWithItsSourceLine) {
  const Judged judged = observe(std_thread());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
  const auto* accesses = judged.observation.evidence.find("accesses");
  ASSERT_NE(accesses, nullptr);
  EXPECT_THAT(std::get<std::vector<std::string>>(*accesses), testing::SizeIs(2));
  EXPECT_THAT(std::get<std::vector<std::string>>(*accesses),
              testing::Each(testing::HasSubstr("race_helper.cc:")));
}

TEST(UnsynchronizedRace, OfProcessesIsSilent) {
  const Judged judged = observe(fork_runtime());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kUnrefuted) << judged.observation.reason;
}

TEST(UnsynchronizedRace, OfCoroutinesIsSilent) {
  const Judged judged = observe(coroutine());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kUnrefuted) << judged.observation.reason;
}

TEST(UnsynchronizedRace, ThreadsThatDenyItAreRefuted) {
  Liar liar(std_thread(), coroutine());
  const Judged judged = observe(liar);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("silent with a mutex"));
}

TEST(UnsynchronizedRace, CoroutinesThatClaimItAreRefuted) {
  Liar liar(coroutine(), std_thread());
  const Judged judged = observe(liar);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("reported 0/2 unlocked runs"));
}

TEST(UnsynchronizedRace, OfARuntimeThatTheHelperDoesNotKnowIsNotMeasured) {
  Impostor impostor(std_thread(), coroutine());
  const Judged judged = observe(impostor);
  EXPECT_FALSE(judged.observation.measured);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("not this runtime"));
}

TEST(UnsynchronizedRace, WithoutAHelperIsNotMeasured) {
  EXPECT_FALSE(observe(std_thread(), "").observation.measured);
  const Judged judged = observe(std_thread(), "/nonexistent/race_helper");
  EXPECT_FALSE(judged.observation.measured);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("cannot run /nonexistent/race_helper"));
}

}  // namespace
}  // namespace assay
