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
  return judge_runtime(runtime, TraitId::kRegisters, options);
}

TEST(Registers, OwnIsUnrefutedForProcessesAndThreads) {
  for (Runtime* runtime : {&fork_runtime(), &std_thread()}) {
    const Judged own = judged(*runtime);
    EXPECT_EQ(own.verdict.kind, VerdictKind::kUnrefuted) << own.observation.reason;
    EXPECT_EQ(own.observation.allowed, ValueSet{Ownership::kOwn});
  }
}

TEST(Registers, FloatingPointModesOfCoroutinesAreShared) {
  const Judged shared = judged(coroutine());
  EXPECT_EQ(shared.verdict.kind, VerdictKind::kConfirmed) << shared.observation.reason;
  EXPECT_NE(shared.observation.reason.find("rounding mode"), std::string::npos);
}

TEST(Registers, CoroutinesDeclaredAsThreadsAreRefutedByTheRoundingMode) {
  Impostor impostor(coroutine(), std_thread());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("rounding mode"), std::string::npos) << lie.verdict.reason;
}

TEST(Registers, ThreadsDeclaredAsCoroutinesAreRefuted) {
  Impostor impostor(std_thread(), coroutine());
  EXPECT_EQ(judged(impostor).verdict.kind, VerdictKind::kRefuted);
}

TEST(Registers, ASwitchThatLosesAGeneralRegisterIsNamed) {
  Doctored careless(std_thread(),
                    each_event(Op::kRegisters, [](std::size_t unit, const Step&, Event& event) {
                      if (unit == 1) event.value = 1;
                    }));
  const Judged found = judged(careless);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("callee-saved registers"), std::string::npos)
      << found.verdict.reason;
}

}  // namespace
}  // namespace assay
