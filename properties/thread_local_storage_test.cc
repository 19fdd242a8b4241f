#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged judged(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  return judge_runtime(runtime, TraitId::kThreadLocalStorage, options);
}

TEST(ThreadLocalStorage, OwnIsUnrefutedForProcessesAndThreads) {
  for (Runtime* runtime : {&fork_runtime(), &std_thread()}) {
    const Judged own = judged(*runtime);
    EXPECT_EQ(own.verdict.kind, VerdictKind::kUnrefuted) << own.observation.reason;
    EXPECT_EQ(own.observation.allowed, ValueSet{Ownership::kOwn});
  }
}

TEST(ThreadLocalStorage, SharedIsConfirmedForCoroutines) {
  const Judged shared = judged(coroutine());
  EXPECT_EQ(shared.verdict.kind, VerdictKind::kConfirmed) << shared.observation.reason;
}

TEST(ThreadLocalStorage, CoroutinesDeclaredAsThreadsAreRefutedByASiblingsValue) {
  Impostor impostor(coroutine(), std_thread());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("wrote"), std::string::npos) << lie.verdict.reason;
  EXPECT_NE(lie.observation.counterexample.find("write thread_local"), std::string::npos);
}

TEST(ThreadLocalStorage, ThreadsDeclaredAsCoroutinesAreRefuted) {
  Impostor impostor(std_thread(), coroutine());
  EXPECT_EQ(judged(impostor).verdict.kind, VerdictKind::kRefuted);
}

TEST(ThreadLocalStorage, NoValueAllowsAVariableThatForgets) {
  Doctored forgetful(std_thread(),
                     each_event(Op::kRead, [](std::size_t, const Step& step, Event& event) {
                       if (step.region == Region::kThreadLocal && event.value != 0) event.value = 0;
                     }));
  const Judged found = judged(forgetful);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_TRUE(found.observation.allowed.empty()) << found.observation.reason;
  EXPECT_NE(found.verdict.reason.find("or a unit that moves between threads"), std::string::npos)
      << found.verdict.reason;
}

TEST(ThreadLocalStorage, OneUnitAloneDecidesNothing) {
  ProbeOptions options;
  options.units = {1};
  const Observation alone = probe_of(TraitId::kThreadLocalStorage).observe(std_thread(), options);
  EXPECT_EQ(alone.allowed, ValueSet::all(trait(TraitId::kThreadLocalStorage)));
}

/// Unit 41 of many finds what unit 40 wrote to its thread-local storage.
Doctored::Doctor sharing_40_and_41() {
  return each_event(Op::kRead, [](std::size_t unit, const Step& step, Event& event) {
    if (unit == 41 && step.region == Region::kThreadLocal && event.value == 42) event.value = 41;
  });
}

TEST(ThreadLocalStorage, TwoUnitsOfManyThatShareItAreFound) {
  Doctored sharing(std_thread(), sharing_40_and_41());
  const Judged found = judged(sharing);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_TRUE(found.observation.allowed.empty());
  EXPECT_NE(found.verdict.reason.find("unit 41 read 41"), std::string::npos)
      << found.verdict.reason;
}

}  // namespace
}  // namespace assay
