// Explored programs, as a user sees them: what each defect is called, how it is replayed, and how
// many executions there are.
#include <gtest/gtest.h>
#include <sys/personality.h>

#include <string>
#include <vector>

#include "models/controlled/unmodified/testing/run_explored.h"

namespace assay {
namespace {

Ended run(const std::string& environment, const std::string& program,
          const std::string& filter = "*") {
  return run_explored("models/controlled/unmodified/testing/" + program, environment, filter);
}

std::vector<std::string> compilers() { return {"clang", "gcc"}; }

struct Defect {
  std::string test;
  std::vector<std::string> says;
};

const std::vector<Defect>& defects() {
  static const auto* const kAll = new std::vector<Defect>{
      {"Counter.LosesAnUpdate",
       {"4 executions, 4 of them fail; all 4 inequivalent interleavings explored",
        "failed assertion: defects.cc:", "data race: unit 1 writes and unit 2 reads",
        "counter, and neither happens before the other", "1 preemption"}},
      {"Counter.LosesAnUpdateBetweenAtomicAccesses",
       {"failed assertion: defects.cc:", "load count = 0", "store count := 1"}},
      {"Local.OfAFunctionIsNamed", {"account+8, and neither happens before the other"}},
      {"Local.OfTwoUnitsIsNamedWithTheUnit", {"mine of unit 2, and", ":= &mine of unit 2"}},
      {"Local.HasAPartThatTwoUnitsWrite",
       {"2 executions, 2 of them fail", "data race: unit", "account+8, and neither"}},
      {"Memory.OfTheCLibraryIsUsedAfterItWasFreed", {"bad memory access: unit 0 uses block"}},
      {"Memory.IsUsedAfterItWasUnmapped",
       {"bad memory access: unit 1 uses memory of a library, which was freed"}},
      {"SharedPointer.LosesAnUpdateBetweenAtomicAccesses",
       {"failed assertion: defects.cc:", "lock memory of a library"}},
      {"DoubleChecked.ReadsWithoutTheLock", {"data race: unit", "config"}},
      {"Wakeup.IsLost", {"lost wakeup: unit 0 waits for ready", "was notified before it waited"}},
      {"Locks.AreTakenInOppositeOrder",
       {"deadlock: cycle: unit 1 waits for second", "held by unit 2", "lock first"}},
      {"Memory.IsUsedAfterItWasFreed", {"bad memory access: unit 1 uses block", "was freed"}},
      {"Memory.IsFreedTwice", {"bad memory access: unit", "again"}},
      {"Publication.IsRelaxed", {"data race: unit"}},
      {"Pointer.IsUsedBeforeItIsSet", {"Segmentation fault at defects.cc:", "address 0x0"}},
      {"Thread.IsNeverJoined", {"leaked unit: unit 1 was spawned and never joined"}},
      {"Thread.LetsAnExceptionEscape",
       {"failed assertion: an exception left the body of unit 1: out of here"}},
      {"Thread.IsDestroyedWhileItRuns", {"failed assertion: unit 0: std::terminate was called"}},
      {"Lock.IsUnlockedByAnother", {"lock misuse: unit"}},
      {"Spin.WaitsForWhatNobodySets", {"deadlock: unit 0 waits for"}},
      {"AtomicWait.IsNeverNotified", {"deadlock: unit 0 waits for"}},
      {"AtomicWait.OneOfTwoIsNotified", {"deadlock: unit 0 waits for the end of unit"}},
      {"Semaphore.MayNotBeHad", {"failed assertion: defects.cc:"}},
      {"Semaphore.MayNotBeHadInTime", {"failed assertion: defects.cc:"}},
      {"Lock.OfSpinsMayNotBeHad",
       {"3 executions, 1 of them fail", "failed assertion: defects.cc:"}},
      {"Lock.IsUsedAfterItWasFreed", {"bad memory access: unit 1 uses block", "was freed"}},
      {"Block.IsFilledWhileItChanges", {"data race: unit"}},
      {"Block.IsComparedWhileItChanges", {"data race: unit"}},
      {"Text.IsComparedWhileItChanges", {"data race: unit"}},
      {"Text.IsCopiedWhileItChanges", {"data race: unit"}},
      {"ThreadLocal.IsSharedByItsAddress",
       {"failed assertion: unit 0 reads the address of a thread_local variable from stack"}},
      {"Process.IsEndedByUnderscoreExit", {"failed assertion: unit 1: _exit was called"}},
      {"Process.IsEndedByQuickExit", {"failed assertion: unit 1: quick_exit was called"}},
      {"Process.IsEndedByASignal", {"failed assertion: unit 1: the signal was raised: Terminated"}},
      {"Process.Forks", {"failed assertion: unit 1: fork was called, which is not modelled"}},
      {"Thread.IsCancelled",
       {"failed assertion: unit 0: pthread_cancel was called, which is not modelled"}},
      {"Futex.IsRequeued", {"an operation of futex that is neither to wait nor to wake"}},
      {"Stack.IsFull", {"bad memory access: unit 1: its stack of 8 MiB is full at defects.cc:"}},
      {"Clock.OfTheProcessorIsNotTheSameTwice",
       {"nondeterminism: the same schedule led to other steps"}},
      {"Loop.ReadsWhatNobodyChanges", {"deadlock: ", "unit 1 waits for what nobody changes"}},
  };
  return *kAll;
}

class Defects : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Unmodified, Defects, testing::ValuesIn(compilers()),
                         [](const auto& info) { return info.param; });

TEST_P(Defects, AreFoundAndNamed) {
  for (const Defect& defect : defects()) {
    const Ended found = run("", "defects_" + GetParam(), defect.test);
    EXPECT_NE(found.status, 0) << defect.test << " passed:\n" << found.output;
    for (const std::string& text : defect.says)
      EXPECT_NE(found.output.find(text), std::string::npos)
          << "expected '" << text << "' of " << defect.test << ", found:\n"
          << found.output;
  }
}

// By one compiler: it takes seconds to be sure.
TEST(Loop, WithoutAnEndIsStopped) {
  const std::vector<Defect> endless = {
      {"Loop.TouchesNothingShared", {"livelock: unit 1 took no step in 2 seconds of CPU time"}},
      {"Loop.ChangesWhatIsItsOwn", {"livelock: unit 1 took no step in 2 seconds of CPU time"}},
      {"Loop.HasStepsForEver",
       {"livelock: no end within the bound of steps",
        "not all interleavings: some have no end within the bound of steps"}},
      {"Pipe.IsReadByWhoKeepsTheOthersWaiting",
       {"deadlock: unit 0 waited in the kernel for 5 seconds at defects.cc:"}},
  };
  for (const Defect& loop : endless) {
    const Ended found = run("", "defects_clang", loop.test);
    EXPECT_NE(found.status, 0) << found.output;
    for (const std::string& text : loop.says)
      EXPECT_NE(found.output.find(text), std::string::npos) << text << "\n" << found.output;
  }
}

TEST(Failure, IsSaidTenSecondsAfterItWasFound) {
  const Ended found = run("ASSAY_STRATEGY=random ASSAY_EXECUTIONS=1000000000", "defects_clang",
                          "Counter.LosesAnUpdate");
  EXPECT_NE(found.output.find("not all interleavings: it ended 10 seconds after the first failure"),
            std::string::npos)
      << found.output;
}

// Bazel says how much time there is; what cannot be done in it is said.
TEST(Loop, ThatIsTooLongEndsInTime) {
  const Ended found = run("TEST_TIMEOUT=2 ASSAY_UNREDUCED=1", "spins_test", "Spin.OnTwoVariables");
  EXPECT_EQ(found.status, 0) << found.output;
  EXPECT_NE(found.output.find("not all interleavings: the time was up"), std::string::npos)
      << found.output;
}

std::string replay_of(const std::string& output) {
  const std::string before = "ASSAY_REPLAY=";
  const std::size_t at = output.find(before, output.find("\nreplay: "));
  if (at == std::string::npos) return "";
  const std::size_t begin = at + before.size();
  return output.substr(begin, output.find(' ', begin) - begin);
}

TEST_P(Defects, AreReplayed) {
  for (const char* const test : {"Counter.LosesAnUpdate", "Wakeup.IsLost",
                                 "Locks.AreTakenInOppositeOrder", "Memory.IsFreedTwice"}) {
    const Ended found = run("", "defects_" + GetParam(), test);
    const std::string schedule = replay_of(found.output);
    ASSERT_NE(schedule, "") << found.output;
    const Ended again = run("ASSAY_REPLAY=" + schedule, "defects_" + GetParam(), test);
    EXPECT_NE(again.status, 0) << again.output;
    EXPECT_EQ(again.output.find("nondeterminism"), std::string::npos) << again.output;
    EXPECT_EQ(replay_of(again.output), schedule) << again.output;
  }
}

// Where the kernel lets a process ask for it. The value that is read is an address.
TEST_P(Defects, HaveTheSameScheduleInEveryProcess) {
  const int now = personality(0xFFFFFFFF);
  const bool may_ask = personality(static_cast<unsigned>(now) | ADDR_NO_RANDOMIZE) != -1;
  if (may_ask) personality(static_cast<unsigned>(now));
  const char* const test = "ThreadLocal.IsSharedByItsAddress";
  const std::string first = replay_of(run("", "defects_" + GetParam(), test).output);
  const std::string second = replay_of(run("", "defects_" + GetParam(), test).output);
  EXPECT_NE(first, "");
  if (may_ask) {
    EXPECT_EQ(first, second);
  }
}

TEST_P(Defects, AreFoundAtRandom) {
  for (const char* const strategy : {"random", "pct"}) {
    const Ended found = run(std::string("ASSAY_EXECUTIONS=200 ASSAY_STRATEGY=") + strategy,
                            "defects_" + GetParam(), "Counter.LosesAnUpdate");
    EXPECT_NE(found.output.find("failed assertion: defects.cc:"), std::string::npos)
        << found.output;
    EXPECT_NE(found.output.find("200 executions"), std::string::npos) << found.output;
  }
}

TEST_P(Defects, OfAWrongScheduleAreNamed) {
  const Ended found = run("ASSAY_REPLAY=zz9", "defects_" + GetParam(), "Counter.LosesAnUpdate");
  EXPECT_NE(found.status, 0);
  EXPECT_NE(found.output.find("nondeterminism: step 1 cannot be taken"), std::string::npos)
      << found.output;
}

TEST_P(Defects, OfStoreBuffersAreFoundWhereThereAreSome) {
  const std::string program = "defects_" + GetParam();
  const std::string test = "Peterson.OnlyReleasesAndAcquires";
  const Ended without = run("", program, test);
  EXPECT_EQ(without.status, 0) << without.output;
  EXPECT_NE(without.output.find("not explored: atomic stores that wait in a store buffer"),
            std::string::npos)
      << without.output;
  const Ended with = run("ASSAY_MEMORY_MODEL=tso", program, test);
  EXPECT_NE(with.status, 0) << with.output;
  for (const char* const text :
       {"inequivalent interleavings explored", "data race: unit", "(release) (buffered)",
        "flush wants", "replay: ASSAY_MEMORY_MODEL=tso "})
    EXPECT_NE(with.output.find(text), std::string::npos) << text << "\n" << with.output;
  // What the search repeats is the same.
  EXPECT_EQ(with.output.find("nondeterminism"), std::string::npos) << with.output;
  const Ended again =
      run("ASSAY_MEMORY_MODEL=tso ASSAY_REPLAY=" + replay_of(with.output), program, test);
  EXPECT_NE(again.status, 0) << again.output;
  EXPECT_EQ(replay_of(again.output), replay_of(with.output)) << again.output;
}

// Not all schedules were explored where a loop that counts its turns was held back.
TEST(Spin, HeldBackIsSaid) {
  const Ended held = run("", "spins_test", "Spin.CountsItsTurns");
  EXPECT_EQ(held.status, 0) << held.output;
  EXPECT_NE(
      held.output.find("interleavings explored, not all: where a loop had read the same 4 times"),
      std::string::npos)
      << held.output;
  const Ended exact = run("", "spins_test", "Spin.OfTheFirstToCome");
  EXPECT_NE(exact.output.find("; all "), std::string::npos) << exact.output;
}

class Counts : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Unmodified, Counts, testing::ValuesIn(compilers()),
                         [](const auto& info) { return info.param; });

// As docs/exploring.md counts interleavings, by brute force.
TEST_P(Counts, AreThoseOfInterleavings) {
  const Ended counted = run("", "counts_" + GetParam());
  EXPECT_EQ(counted.output,
            "2 units, unreduced: 6 executions, 4 lose an update\n"
            "2 units, reduced: 4 executions, 2 lose an update\n"
            "3 units, unreduced: 90 executions, 84 lose an update\n"
            "3 units, reduced: 36 executions, 30 lose an update\n");
}

// J. Alglave, L. Maranget, "Herding cats" (TOPLAS 2014), and P. Sewell et al., "x86-TSO" (CACM
// 2010): store buffers add 0,0 to SB, what each unit reads of its own store before others do, and
// 0:1,2 to R; they add nothing to MP, LB, S, 2+2W and IRIW.
TEST_P(Counts, OfOutcomesAreThePublishedOnes) {
  const Ended printed = run("", "litmus_" + GetParam());
  const std::string iriw =
      " 0,0,0,0 0,0,0,1 0,0,1,0 0,0,1,1 0,1,0,0 0,1,0,1 0,1,1,0 0,1,1,1 1,0,0,0 1,0,0,1 1,0,1,1 "
      "1,1,0,0 1,1,0,1 1,1,1,0 1,1,1,1\n";
  struct Litmus {
    std::string name;
    std::string sc;
    std::string tso;
  };
  const std::string strong_sb = " 0,1 1,0 1,1\n";
  const std::string weak_sb = " 0,0" + strong_sb;
  const std::vector<Litmus> all = {
      {"SB", strong_sb, weak_sb},
      {"SB+release", strong_sb, weak_sb},
      {"SB+seq_cst", strong_sb, strong_sb},
      {"SB+fences", strong_sb, strong_sb},
      {"SB+own", " 1,0,1,1 1,1,1,0 1,1,1,1\n", " 1,0,1,0 1,0,1,1 1,1,1,0 1,1,1,1\n"},
      {"MP", " 0,0 0,1 1,1\n", " 0,0 0,1 1,1\n"},
      {"LB", " 0,0 0,1 1,0\n", " 0,0 0,1 1,0\n"},
      {"S", " 0:1,1 0:2,1 1:1,1\n", " 0:1,1 0:2,1 1:1,1\n"},
      {"R", " 0:1,1 1:1,1 1:1,2\n", " 0:1,1 0:1,2 1:1,1 1:1,2\n"},
      {"2+2W", " 1,2 2,1 2,2\n", " 1,2 2,1 2,2\n"},
  };
  std::string expected;
  for (const Litmus& litmus : all) {
    for (const char* const searched : {":", " unreduced:"})
      expected += litmus.name + " sc" + searched + litmus.sc;
    for (const char* const searched : {":", " unreduced:"})
      expected += litmus.name + " tso" + searched + litmus.tso;
  }
  expected += "IRIW sc:" + iriw + "IRIW tso:" + iriw;
  EXPECT_EQ(printed.output, expected);
}

TEST(Opaque, IsNeverVerified) {
  const Ended seen = run("", "opaque_clang");
  EXPECT_NE(seen.output.find("not seen: unseen.cc: compiled without -fsanitize=thread"),
            std::string::npos)
      << seen.output;
  EXPECT_NE(seen.output.find("opaque: no step of two units on shared memory was seen"),
            std::string::npos)
      << seen.output;
  EXPECT_NE(seen.output.find("[  SKIPPED ] 2 tests"), std::string::npos) << seen.output;
  EXPECT_EQ(seen.output.find("interleavings explored"), std::string::npos) << seen.output;
}

TEST(Settings, ThatAreNoneAreRefused) {
  for (const char* const wrong : {"ASSAY_STRATEGY=dsf", "ASSAY_EXECUTIONS=many", "ASSAY_REPLAY=?",
                                  "ASSAY_MEMORY_MODEL=power"}) {
    const Ended refused = run(wrong, "defects_clang", "Counter.LosesAnUpdate");
    EXPECT_NE(refused.status, 0) << wrong;
    EXPECT_NE(refused.output.find("expected"), std::string::npos) << refused.output;
  }
}

}  // namespace
}  // namespace assay
