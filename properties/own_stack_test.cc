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
  return judge_runtime(runtime, TraitId::kOwnStack, options);
}

TEST(OwnStack, OwnIsUnrefutedForProcessesAndThreadsInsideTheirFramesAtOnce) {
  for (Runtime* runtime : {&fork_runtime(), &std_thread()}) {
    const Judged own = judged(*runtime);
    EXPECT_EQ(own.verdict.kind, VerdictKind::kUnrefuted) << own.observation.reason;
    EXPECT_EQ(own.observation.allowed, ValueSet{Ownership::kOwn});
    const EvidenceValue* held = own.observation.evidence.find("units_inside_their_frames_at_once");
    ASSERT_NE(held, nullptr);
    EXPECT_GE(std::get<std::int64_t>(*held), 2);
  }
}

TEST(OwnStack, ProcessesHaveAnAddressSpaceEach) {
  const Observation processes = judged(fork_runtime()).observation;
  const Observation threads = judged(std_thread()).observation;
  EXPECT_EQ(processes.evidence.find("programs_in_one_address_space"), nullptr);
  EXPECT_NE(processes.evidence.find("programs_with_an_address_space_each"), nullptr);
  EXPECT_EQ(threads.evidence.find("programs_with_an_address_space_each"), nullptr);
  EXPECT_NE(threads.evidence.find("programs_in_one_address_space"), nullptr);
}

TEST(OwnStack, SharedIsConfirmedForCoroutines) {
  const Judged shared = judged(coroutine());
  EXPECT_EQ(shared.verdict.kind, VerdictKind::kConfirmed) << shared.observation.reason;
}

TEST(OwnStack, CoroutinesDeclaredAsThreadsAreRefutedByOverlappingFrames) {
  Impostor impostor(coroutine(), std_thread());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("took the same memory"), std::string::npos)
      << lie.verdict.reason;
  EXPECT_NE(lie.observation.counterexample.find("recurse"), std::string::npos);
}

TEST(OwnStack, ThreadsDeclaredAsCoroutinesAreRefuted) {
  Impostor impostor(std_thread(), coroutine());
  EXPECT_EQ(judged(impostor).verdict.kind, VerdictKind::kRefuted);
}

TEST(OwnStack, OverwrittenLocalsRefuteAStackOfItsOwn) {
  Doctored overwriting(std_thread(),
                       each_event(Op::kRecurse, [](std::size_t unit, const Step&, Event& event) {
                         if (unit == 1) event.aux |= kDamaged;
                       }));
  const Judged found = judged(overwriting);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("unit 1 were overwritten"), std::string::npos)
      << found.verdict.reason;
}

TEST(OwnStack, EqualAddressesInTwoAddressSpacesAreNoOverlap) {
  Doctored equal(fork_runtime(),
                 each_event(Op::kRecurse, [](std::size_t, const Step&, Event& event) {
                   event.value = 4096;
                   event.aux = 8192;
                 }));
  EXPECT_EQ(judged(equal).verdict.kind, VerdictKind::kUnrefuted);
}

}  // namespace
}  // namespace assay
