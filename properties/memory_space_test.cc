#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/sequences.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged judged(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  return judge_runtime(runtime, TraitId::kMemorySpace, options);
}

TEST(MemorySpace, SeparateIsUnrefutedForProcesses) {
  const Judged process = judged(fork_runtime());
  EXPECT_EQ(process.verdict.kind, VerdictKind::kUnrefuted) << process.observation.reason;
  EXPECT_EQ(process.observation.allowed, ValueSet{MemorySpace::kSeparate});
  EXPECT_GT(process.observation.tries, 100U);
}

TEST(MemorySpace, SharedIsConfirmedForThreads) {
  const Judged thread = judged(std_thread());
  EXPECT_EQ(thread.verdict.kind, VerdictKind::kConfirmed) << thread.observation.reason;
  EXPECT_EQ(thread.observation.allowed, ValueSet{MemorySpace::kShared});
}

TEST(MemorySpace, SharedWithThreadLocalStorageIsConfirmedForCoroutines) {
  const Judged coroutines = judged(coroutine());
  EXPECT_EQ(coroutines.verdict.kind, VerdictKind::kConfirmed) << coroutines.observation.reason;
  EXPECT_EQ(coroutines.observation.allowed, ValueSet{MemorySpace::kSharedSameThread});
}

TEST(MemorySpace, ThreadsDeclaredAsProcessesAreRefutedWithASmallProgram) {
  Impostor impostor(std_thread(), fork_runtime());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("visible in: heap"), std::string::npos) << lie.verdict.reason;
  const std::string& shown = lie.observation.counterexample;
  EXPECT_NE(shown.find("excludes separate"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("unit 2"), std::string::npos) << shown;
  EXPECT_LT(std::count(shown.begin(), shown.end(), '\n'), 16) << shown;
}

TEST(MemorySpace, ProcessesDeclaredAsCoroutinesAreRefuted) {
  Impostor impostor(fork_runtime(), coroutine());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("invisible in: heap"), std::string::npos) << lie.verdict.reason;
}

TEST(MemorySpace, CoroutinesDeclaredAsThreadsAreRefutedByThreadLocalStorage) {
  Impostor impostor(coroutine(), std_thread());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.observation.counterexample.find("thread_local"), std::string::npos)
      << lie.observation.counterexample;
}

TEST(MemorySpace, NoValueAllowsAReadOfWhatNobodyWrote) {
  Doctored wrong(std_thread(), each_event(Op::kRead, [](std::size_t, const Step&, Event& event) {
                   event.value += 1000;
                 }));
  const Judged found = judged(wrong);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_TRUE(found.observation.allowed.empty());
}

TEST(MemorySpace, ARuntimeWhoseUnitsDieAllowsNothing) {
  Doctored dying(std_thread(), [](const Program&, Trace& trace) {
    trace.units[0].end = {EndKind::kSignalled, 11, ""};
  });
  const Judged found = judged(dying);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("SIGSEGV"), std::string::npos) << found.verdict.reason;
}

TEST(MemorySpace, UnitsThatCannotBeStartedAreALimitAndNoRefutation) {
  Doctored limited(std_thread(), [](const Program& program, Trace& trace) {
    if (program.units.size() <= 2) return;
    trace.units[2].end = {EndKind::kNotStarted, 0, "clone: EAGAIN"};
  });
  const Judged found = judged(limited);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kConfirmed) << found.verdict.reason;
  ASSERT_NE(found.observation.evidence.find("limit"), nullptr);
}

TEST(Sequences, TheSameSeedMakesTheSameProgram) {
  std::mt19937_64 one(7);
  std::mt19937_64 two(7);
  EXPECT_EQ(enforce(random_sequence(one, 3, 40)).program,
            enforce(random_sequence(two, 3, 40)).program);
}

TEST(Sequences, OracleSharesTheSharedMappingOnlyWhereMemoryIsSeparate) {
  Sequence sequence{2, {}};
  for (const Region region : {Region::kHeap, Region::kSharedMapping, Region::kThreadLocal}) {
    sequence.accesses.push_back({.unit = 0, .writes = true, .region = region, .value = 5});
    sequence.accesses.push_back({.unit = 1, .region = region});
  }
  using Reads = std::vector<std::int64_t>;
  EXPECT_EQ(expected_reads(sequence, MemorySpace::kSeparate), (Reads{0, 0, 0, 5, 0, 0}));
  EXPECT_EQ(expected_reads(sequence, MemorySpace::kShared), (Reads{0, 5, 0, 5, 0, 0}));
  EXPECT_EQ(expected_reads(sequence, MemorySpace::kSharedSameThread), (Reads{0, 5, 0, 5, 0, 5}));
}

TEST(Sequences, ShrinkingKeepsOnlyWhatFails) {
  std::mt19937_64 random(3);
  const auto writes_of_unit_2 = [](const Sequence& sequence) {
    return std::any_of(sequence.accesses.begin(), sequence.accesses.end(),
                       [](const Access& access) { return access.value == 8; });
  };
  Sequence sequence = random_sequence(random, 4, 32);
  sequence.accesses[7].value = 8;
  const Sequence smallest = shrink(sequence, writes_of_unit_2, 1000);
  ASSERT_EQ(smallest.accesses.size(), 1U);
  EXPECT_EQ(smallest.units, 1U);
}

}  // namespace
}  // namespace assay
