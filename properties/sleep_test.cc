#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/mutants/mutant.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged observe(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  return judge_runtime(runtime, TraitId::kSleep, options);
}

struct SleepOf : testing::TestWithParam<BodyRuntime*> {};
INSTANTIATE_TEST_SUITE_P(All, SleepOf,
                         testing::Values(&fork_runtime(), &std_thread(), &coroutine()),
                         [](const auto& info) { return info.param->info().name; });

TEST_P(SleepOf, TwoUnitsOverlaps) {
  const Judged judged = observe(*GetParam());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
}

TEST(Sleep, OneAfterTheOtherIsRefuted) {
  Runtime& threads = *find_mutant("serial_sleep")->runtime;
  const Judged judged = observe(threads);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("when the one before had ended"));
  EXPECT_THAT(judged.observation.counterexample, testing::HasSubstr("sleep"));
}

TEST(Sleep, WaitingBehindASleeperIsNoSleepOfOnesOwn) {
  // All say that they start at once, and each ends one sleep after the one before.
  Doctored queue(std_thread(),
                 each_event(Op::kSleep, [](std::size_t unit, const Step& step, Event& event) {
                   event.value = 1'000'000'000;
                   event.aux = 1'000'000'000 + (unit + 1) * static_cast<std::uint64_t>(step.value);
                 }));
  EXPECT_EQ(observe(queue).verdict.kind, VerdictKind::kRefuted);
}

TEST(Sleep, AShortSleepIsExplainedByNoValue) {
  Doctored hasty(coroutine(), each_event(Op::kSleep, [](std::size_t, const Step&, Event& event) {
                   event.aux = static_cast<std::uint64_t>(event.value) + 1'000;
                 }));
  const Judged judged = observe(hasty);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("a unit slept 1 us where"));
}

/// Sleeps of some lengths, by so many units at a time: the others say that they slept later.
Doctored::Doctor so_many_at_once(std::int64_t from_ns, std::int64_t below_ns, std::size_t at_once) {
  return each_event(Op::kSleep, [=](std::size_t unit, const Step& step, Event& event) {
    if (step.value < from_ns || step.value >= below_ns) return;
    const std::int64_t later = static_cast<std::int64_t>(unit / at_once) * 60'000'000'000;
    event.value += later;
    // No longer than was asked for, as on a machine at rest.
    event.aux = static_cast<std::uint64_t>(event.value + step.value);
  });
}

constexpr std::int64_t kMs = 1'000'000;

TEST(Sleep, LongSleepsThatDoNotOverlapAreFoundWhereShortOnesDo) {
  Doctored blocking(std_thread(), so_many_at_once(100 * kMs, 10'000 * kMs, 1));
  const Judged found = observe(blocking);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("two sleeps of 150 ms did not overlap in 4 rounds"),
            std::string::npos)
      << found.verdict.reason;
}

TEST(Sleep, ShortSleepsThatDoNotOverlapAreFoundWhereLongOnesDo) {
  Doctored blocking(std_thread(), so_many_at_once(0, kMs, 1));
  const Judged found = observe(blocking);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("no two of 60 sleeps each of two units"), std::string::npos)
      << found.verdict.reason;
}

TEST(Sleep, FewThatSleepAtOnceAreFoundAmongMany) {
  Doctored ten(std_thread(), so_many_at_once(kMs, 10'000 * kMs, 10));
  ProbeOptions options;
  options.effort = Effort::kQuick;
  // Many units come last, and a slow machine has no time for them in a quick look.
  options.duration = std::chrono::seconds(10);
  const Judged found = judge_runtime(ten, TraitId::kSleep, options);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("no more than 10 sleep at once"), std::string::npos)
      << found.verdict.reason;
}

}  // namespace
}  // namespace assay
