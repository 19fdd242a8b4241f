// What the conformance suites say of runtimes that lie, fail or declare nothing.
#include <gtest/gtest.h>

#include <stdexcept>

#include "models/coroutine/coroutine.h"
#include "models/thread/std_thread.h"
#include "properties/conformance.h"
#include "properties/impostor.h"
#include "report/fake_runtime.h"
#include "sanitizers/compiled_with.h"

namespace assay {
namespace {

Conformance check(Runtime& runtime, TraitId id) {
  return check_conformance(runtime, trait(id), probe_of(id), conformance_options(runtime));
}

void expect_parts(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << "expected '" << part << "' in\n" << text;
  }
}

TEST(Conformance, ALiarFailsWithClaimObservationEvidenceAndCommand) {
  Impostor liar(coroutine(), std_thread());
  const Conformance found = check(liar, TraitId::kPreemption);
  EXPECT_TRUE(found.fails) << found.text;
  EXPECT_EQ(found.verdict, "refuted");
  expect_parts(found.text,
               {"claim:    thread.preemption of coroutine_as_std_thread, \"yes\" (required)",
                "source:   sched(7)", "expected: yes (a sibling makes progress", "observed: no (",
                "evidence", "counterexample",
                "check --runtime=coroutine_as_std_thread --trait=preemption --seed=1 --quick",
                "bazel test --test_filter='Conformance/coroutine_as_std_thread.Preemption'"});
}

TEST(Conformance, ALiarAboutMemoryFailsWithTheProgramThatShowsIt) {
  Impostor liar(std_thread(), coroutine());
  const Conformance found = check(liar, TraitId::kMemorySpace);
  EXPECT_TRUE(found.fails) << found.text;
  expect_parts(found.text, {"counterexample", "thread_local"});
}

TEST(Conformance, AnHonestRuntimeDoesNotFail) {
  const Conformance found = check(std_thread(), TraitId::kPreemption);
  EXPECT_FALSE(found.fails) << found.text;
  EXPECT_EQ(found.verdict, "confirmed") << found.text;
}

TEST(Conformance, WhatIsInconclusiveOrUndeclaredSaysWhy) {
  const Probe broken{TraitId::kPreemption, [](Runtime&, const ProbeOptions&) -> Observation {
                       throw std::runtime_error("no core left");
                     }};
  const Conformance inconclusive = check_conformance(std_thread(), trait(TraitId::kPreemption),
                                                     broken, conformance_options(std_thread()));
  EXPECT_FALSE(inconclusive.fails);
  EXPECT_EQ(inconclusive.verdict, "inconclusive");
  expect_parts(inconclusive.text, {"the probe failed: no core left", "observed: nothing"});

  FakeRuntime silent("silent", {});
  const Conformance untested = check(silent, TraitId::kPreemption);
  EXPECT_FALSE(untested.fails);
  EXPECT_EQ(untested.verdict, "untested");
  expect_parts(untested.text, {"declares nothing"});
}

TEST(Conformance, CostsAreJudgedInOptimizedPlainBuildsOnly) {
  const bool judged = compiled_with() == "plain" && optimized();
  EXPECT_EQ(not_judged_here(trait(TraitId::kSwitchCost)).empty(), judged);
  EXPECT_EQ(not_judged_here(trait(TraitId::kMemorySpace)), "");
}

TEST(Conformance, TestsAreNamedByRuntimeAndTrait) {
  static FakeRuntime named("named", {});
  register_conformance(named, __FILE__, __LINE__);
  const auto& unit = *testing::UnitTest::GetInstance();
  int found = 0;
  for (int i = 0; i < unit.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *unit.GetTestSuite(i);
    if (std::string(suite.name()) == "Conformance/named") found = suite.total_test_count();
  }
  EXPECT_EQ(found, static_cast<int>(traits().size()));
}

}  // namespace
}  // namespace assay
