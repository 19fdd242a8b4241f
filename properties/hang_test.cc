// A runtime that hangs is refuted once, and does not take as long again for every other trait.
#include "properties/hang.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/trait_table.h"
#include "properties/probe.h"

namespace assay {
namespace {

/// Coroutines that hang from now on: a program is given up without a wait, and its bound is noted.
class Hanging : public Runtime {
 public:
  explicit Hanging(std::string name) : info_(coroutine().info()) { info_.name = std::move(name); }
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  Trace run(const Program& program) override {
    bounds_ns.push_back(program.bound_ns);
    if (!hangs) return coroutine().run(program);
    Trace trace;
    trace.units.resize(program.units.size());
    for (UnitTrace& unit : trace.units) unit.end = {EndKind::kGaveUp, 0, "at the bound"};
    return trace;
  }

  bool hangs = true;
  std::vector<std::int64_t> bounds_ns;

 private:
  RuntimeInfo info_;
};

Observation observe_trait(TraitId id, Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  return observe(probe_of(id), runtime, options);
}

TEST(Hang, AProgramThatWasGivenUpIsEvidence) {
  for (const TraitId id : {TraitId::kMemorySpace, TraitId::kScheduling}) {
    Hanging runtime("hangs_at_" + std::string(trait(id).slug));
    const Observation seen = observe_trait(id, runtime);
    EXPECT_TRUE(seen.measured);
    EXPECT_TRUE(seen.allowed.empty());
    EXPECT_NE(seen.evidence.find(kHung), nullptr) << seen.reason;
  }
}

TEST(Hang, AfterOneTheNextProbeGivesUpSoonAndRefutesNothing) {
  Hanging runtime("hangs_again");
  EXPECT_TRUE(observe_trait(TraitId::kMemorySpace, runtime).allowed.empty());
  EXPECT_EQ(runtime.bounds_ns.back(), Program().bound_ns);
  runtime.bounds_ns.clear();
  const Observation seen = observe_trait(TraitId::kRegisters, runtime);
  EXPECT_FALSE(seen.measured);
  EXPECT_EQ(seen.allowed, ValueSet::all(trait(TraitId::kRegisters)));
  EXPECT_THAT(seen.reason, testing::HasSubstr("hangs_again hung before, at memory_space"));
  ASSERT_EQ(runtime.bounds_ns.size(), 1U) << "programs after one that was given up";
  EXPECT_EQ(runtime.bounds_ns.front(), 2'000'000'000);
}

TEST(Hang, AfterOneWhatDoesNotHangIsJudgedAsEver) {
  Hanging runtime("hangs_once");
  EXPECT_TRUE(observe_trait(TraitId::kMemorySpace, runtime).allowed.empty());
  runtime.hangs = false;
  const Observation seen = observe_trait(TraitId::kThreadLocalStorage, runtime);
  EXPECT_TRUE(seen.measured);
  EXPECT_EQ(seen.allowed, observe_trait(TraitId::kThreadLocalStorage, coroutine()).allowed);
}

}  // namespace
}  // namespace assay
