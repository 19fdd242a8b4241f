#include <gtest/gtest.h>

#include <string_view>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"
#include "properties/synthetic_costs.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged judged(Runtime& runtime, std::vector<Runtime*> rivals) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.rivals = std::move(rivals);
  return judge_runtime(runtime, TraitId::kCreationCost, options);
}

std::vector<double> numbers(const Observation& observation, std::string_view name) {
  const EvidenceValue* value = observation.evidence.find(name);
  return value != nullptr ? std::get<std::vector<double>>(*value) : std::vector<double>{};
}

TEST(CreationCost, CoroutinesAreLow) {
  const Judged result = judged(coroutine(), {&fork_runtime(), &std_thread()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kConfirmed) << result.verdict.reason;
  EXPECT_GE(result.observation.tries, 60U);
}

TEST(CreationCost, ThreadsAreNeitherHighNorLow) {
  const Judged result = judged(std_thread(), {&fork_runtime(), &coroutine()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kConfirmed) << result.verdict.reason;
}

TEST(CreationCost, ProcessesAreHighAndCostMoreUnderALargeParent) {
  const Judged result = judged(fork_runtime(), {&std_thread(), &coroutine()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kConfirmed) << result.verdict.reason;
  const std::vector<double> by_memory = numbers(result.observation, "creation_ns_by_parent_mib");
  ASSERT_EQ(by_memory.size(), 2U);
  // A sanitizer's shadow memory is copied too, and hides what the parent's own adds.
  if (std::string_view(ASSAY_VARIANT) == "plain") {
    EXPECT_GT(by_memory[1], by_memory[0]);
  }
  EXPECT_EQ(numbers(result.observation, "vfork_ns_by_parent_mib").size(), 2U);
}

TEST(CreationCost, AThreadThatPassesForACoroutineIsRefuted) {
  Impostor impostor(std_thread(), coroutine());
  const Judged result = judged(impostor, {&coroutine()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(result.verdict.reason.find("of coroutine"), std::string::npos) << result.verdict.reason;
}

/// Says that units ran that were never made.
class IdleCosts : public BurningCosts {
 public:
  IdleCosts() : BurningCosts(1) {}
  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    return rounds * batch;
  }
};

TEST(CreationCost, AHookThatDoesNothingIsRejected) {
  SyntheticRuntime dear("dear_units", Model::kProcess, Rank::kHigh, 2'000'000, 0.01, 1);
  SyntheticRuntime middle("middle_units", Model::kThread, Rank::kMedium, 20'000, 0.01, 2);
  SyntheticRuntime liar("idle_liar", Model::kCoroutine, Rank::kLow, 200'000, 0.01, 3);
  liar.set_native(std::make_unique<IdleCosts>());
  const Judged result = judged(liar, {&dear, &middle});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(result.verdict.reason.find("below the physical floor"), std::string::npos)
      << result.verdict.reason;
}

}  // namespace
}  // namespace assay
