#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/sanitized.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"
#include "properties/synthetic_costs.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

ProbeOptions against(std::vector<Runtime*> rivals) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.rivals = std::move(rivals);
  return options;
}

Judged judged(Runtime& runtime, std::vector<Runtime*> rivals) {
  return judge_runtime(runtime, TraitId::kSwitchCost, against(std::move(rivals)));
}

/// Three runtimes with native hooks whose costs differ by a factor of 4.
struct Known {
  SyntheticRuntime dear{"dear", Model::kProcess, Rank::kHigh, 160};
  SyntheticRuntime middle{"middle", Model::kThread, Rank::kMedium, 40};
  SyntheticRuntime cheap{"cheap", Model::kCoroutine, Rank::kLow, 10};
  Known() {
    dear.set_native(std::make_unique<BurningCosts>(1'600));
    middle.set_native(std::make_unique<BurningCosts>(400));
    cheap.set_native(std::make_unique<BurningCosts>(100));
  }
};

TEST(SwitchCost, KnownCostsAreRanked) {
  Known known;
  for (Runtime* runtime : {static_cast<Runtime*>(&known.dear), static_cast<Runtime*>(&known.middle),
                           static_cast<Runtime*>(&known.cheap)}) {
    const Judged result = judged(*runtime, {&known.dear, &known.middle, &known.cheap});
    EXPECT_EQ(result.verdict.kind, VerdictKind::kConfirmed)
        << runtime->info().name << ": " << result.verdict.reason;
    EXPECT_LE(result.observation.figure.size(), 24U);
  }
}

TEST(SwitchCost, KnownCostsAreRankedWithoutHooks) {
  SyntheticRuntime dear("dear_program", Model::kProcess, Rank::kHigh, 120, 0.05, 1);
  SyntheticRuntime middle("middle_program", Model::kThread, Rank::kMedium, 100, 0.05, 2);
  SyntheticRuntime cheap("cheap_program", Model::kCoroutine, Rank::kLow, 10, 0.05, 3);
  const Judged result = judged(middle, {&dear, &cheap});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kConfirmed) << result.verdict.reason;
  EXPECT_NE(result.observation.reason.find("measured by a program"), std::string::npos);
}

TEST(SwitchCost, EqualCostsAreInconclusiveAndNeverForced) {
  SyntheticRuntime one("equal_one", Model::kProcess, Rank::kHigh, 100, 0.05, 11);
  SyntheticRuntime other("equal_other", Model::kThread, Rank::kMedium, 100, 0.05, 22);
  SyntheticRuntime cheap("cheap_beside", Model::kCoroutine, Rank::kLow, 10, 0.05, 33);
  const Judged result = judged(one, {&other, &cheap});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kInconclusive) << result.verdict.reason;
  EXPECT_TRUE(result.observation.allowed == (ValueSet{Rank::kHigh, Rank::kMedium}));
}

/// Two runtimes with native hooks, one a quarter dearer than the other.
struct Close {
  SyntheticRuntime one;
  SyntheticRuntime other;
  BurningCosts* costs_of_one;
  explicit Close(const std::string& name)
      : one(name + "_one", Model::kProcess, Rank::kLow, 100),
        other(name + "_other", Model::kThread, Rank::kHigh, 100) {
    auto costs = std::make_unique<BurningCosts>(1'250);
    costs_of_one = costs.get();
    one.set_native(std::move(costs));
    other.set_native(std::make_unique<BurningCosts>(1'000));
  }
};

TEST(SwitchCost, ACloseOrderThatASecondSeriesSaysAgainCounts) {
  Close close("steady");
  const Judged result = judged(close.one, {&close.other});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted) << result.observation.reason;
  EXPECT_NE(result.observation.evidence.find("vs_steady_other_ratio_again"), nullptr);
}

TEST(SwitchCost, ACloseOrderThatASecondSeriesTurnsRoundStaysOpen) {
  Close close("fickle");
  ProbeOptions options = against({&close.other});
  options.progress = [&](const std::string& now) {
    if (now.find("a second series") != std::string::npos) close.costs_of_one->set_iterations(800);
  };
  const Judged result = judge_runtime(close.one, TraitId::kSwitchCost, options);
  EXPECT_EQ(result.verdict.kind, VerdictKind::kInconclusive) << result.observation.reason;
  EXPECT_NE(result.observation.reason.find("(in a second series fickle_other takes "),
            std::string::npos)
      << result.observation.reason;
}

TEST(SwitchCost, ARuntimeThatIsDearerThanItDeclaresIsRefuted) {
  Known known;
  SyntheticRuntime liar("cost_liar", Model::kCoroutine, Rank::kLow, 640);
  liar.set_native(std::make_unique<BurningCosts>(6'400));
  const Judged result = judged(liar, {&known.dear, &known.middle});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(result.verdict.reason.find("expected low"), std::string::npos);
  EXPECT_NE(result.verdict.reason.find("of dear"), std::string::npos) << result.verdict.reason;
}

/// Counts switches that it does not make.
class CountingCosts : public BurningCosts {
 public:
  CountingCosts() : BurningCosts(1) {}
  std::uint64_t ping_pong(std::uint64_t switches, int, int) override {
    // Above the physical floor, also where a processor forwards a store to a load for nothing.
    constexpr std::uint64_t kStores = 16;
    volatile std::uint64_t turns = 0;
    for (std::uint64_t i = 0; i < switches * kStores; ++i) turns = turns + 1;
    return turns / kStores;
  }
};

TEST(SwitchCost, AHookThatOnlyCountsIsRejectedAndTheProgramRefutes) {
  Known known;
  // Far above what a sanitizer makes of the stores of the hook.
  SyntheticRuntime liar("counting_liar", Model::kCoroutine, Rank::kLow, 20'000);
  liar.set_native(std::make_unique<CountingCosts>());
  const Judged result = judged(liar, {&known.dear, &known.middle});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(result.verdict.reason.find("the hook does not do what it counts"), std::string::npos)
      << result.verdict.reason;
}

TEST(SwitchCost, ARuntimeWhoseProgramsDieAllowsNoValue) {
  Known known;
  SyntheticRuntime broken("broken", Model::kThread, Rank::kMedium, 100);
  broken.broken = true;
  const Judged result = judged(broken, {&known.dear, &known.cheap});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(result.verdict.reason.find("SIGSEGV"), std::string::npos) << result.verdict.reason;
}

TEST(SwitchCost, AProgramThatIsGivenUpDecidesNothing) {
  Known known;
  SyntheticRuntime slow("slow", Model::kThread, Rank::kMedium, 100);
  slow.broken = true;
  slow.broken_end = {EndKind::kGaveUp, 0, "after 20000 ms"};
  const Judged result = judged(slow, {&known.dear, &known.cheap});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kInconclusive) << result.verdict.reason;
  EXPECT_NE(result.observation.reason.find("given up"), std::string::npos)
      << result.observation.reason;
}

TEST(SwitchCost, ADifferenceWithinTheLayersOfAProgramDecidesNothing) {
  SyntheticRuntime rival("layered", Model::kThread, Rank::kMedium, 40);
  rival.set_native(std::make_unique<BurningCosts>(10));  // The rest of 80 ns is the layers'.
  SyntheticRuntime near("near", Model::kCoroutine, Rank::kLow, 45);
  const Judged within = judged(near, {&rival});
  EXPECT_EQ(within.verdict.kind, VerdictKind::kInconclusive) << within.verdict.reason;
  EXPECT_NE(within.observation.reason.find("that the layers of a program take"), std::string::npos)
      << within.observation.reason;
  SyntheticRuntime far("far", Model::kCoroutine, Rank::kLow, 400);
  const Judged beyond = judged(far, {&rival});
  EXPECT_EQ(beyond.verdict.kind, VerdictKind::kRefuted) << beyond.observation.reason;
}

TEST(SwitchCost, WithoutRivalsOfItsLanguageNothingIsMeasured) {
  Known known;
  const Judged result = judged(known.dear, {&known.dear});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kInconclusive);
  EXPECT_NE(result.verdict.reason.find("needs rivals written in C++"), std::string::npos);
}

TEST(SwitchCost, TheReferencesAreNotRefuted) {
  const std::vector<Runtime*> all{&fork_runtime(), &std_thread(), &coroutine()};
  for (Runtime* runtime : all) {
    const Judged result = judged(*runtime, all);
    // A switch of a process and of a thread are close: a busy machine may not tell them apart.
    EXPECT_NE(result.verdict.kind, VerdictKind::kRefuted) << result.verdict.reason;
    EXPECT_TRUE(result.observation.measured) << result.observation.reason;
  }
}

TEST(SwitchCost, CoroutinesAreLow) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's processes start too slowly to be timed well";
  const Judged result = judged(coroutine(), {&fork_runtime(), &std_thread()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kConfirmed) << result.verdict.reason;
}

TEST(SwitchCost, AThreadThatPassesForACoroutineIsRefuted) {
  Impostor impostor(std_thread(), coroutine());
  const Judged result = judged(impostor, {&coroutine()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted) << result.verdict.reason;
  EXPECT_NE(result.verdict.reason.find("of coroutine"), std::string::npos) << result.verdict.reason;
}

}  // namespace
}  // namespace assay
