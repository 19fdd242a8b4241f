#include <gtest/gtest.h>

#include <sstream>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/sanitized.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/verdict_of.h"
#include "properties/visibility.h"

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
  // The reads of the programs that are run whatever the time.
  EXPECT_GT(process.observation.tries, 20U);
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
    if (program.units.size() <= 8) return;
    trace.units[2].end = {EndKind::kNotStarted, 0, "clone: EAGAIN"};
  });
  const Judged found = judged(limited);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kConfirmed) << found.verdict.reason;
  ASSERT_NE(found.observation.evidence.find("limit"), nullptr);
}

TEST(MemorySpace, NothingIsRunAfterAProgramThatHung) {
  int runs = 0;
  Doctored hanging(std_thread(), [&](const Program&, Trace& trace) {
    if (++runs < 5) return;
    trace.units[0].end = {EndKind::kGaveUp, 0, "after 20000 ms"};
    trace.host = {EndKind::kGaveUp, 0, "after 20000 ms"};
  });
  const Judged found = judged(hanging);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("after 20000 ms"), std::string::npos) << found.verdict.reason;
  EXPECT_EQ(runs, 5);
}

/// Threads whose programs may share a host, the fourth of which hangs.
class HangsAtTheFourth : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return std_thread().info(); }
  std::vector<Trace> run_each(std::span<const Program> programs) override {
    std::vector<Trace> traces = std_thread().run_each(programs);
    for (Trace& trace : traces) {
      if (++asked >= 4) trace.host = {EndKind::kGaveUp, 0, "after 20000 ms"};
    }
    return traces;
  }
  int asked = 0;

 protected:
  void run_units(Run&, std::span<Unit>, std::chrono::nanoseconds) override {}
};

TEST(MemorySpace, FewAreRunAfterAProgramThatHungWhereTheyMayShareAHost) {
  HangsAtTheFourth hanging;
  const Judged found = judged(hanging);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  // One of 64 units, one, and two.
  EXPECT_EQ(hanging.asked, 4);
}

TEST(MemorySpace, AProgramThatFailsOnTheWayToASmallerOneIsAFailure) {
  // Threads write what a process would not see, and die of programs of three steps: none is
  // generated so small.
  Impostor impostor(std_thread(), fork_runtime());
  Doctored dying(impostor, [&](const Program& program, Trace& trace) {
    std::size_t steps = 0;
    for (const auto& unit : program.units) steps += unit.size();
    if (steps <= 3) trace.host = {EndKind::kSignalled, 11, ""};
  });
  const Judged found = judged(dying);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("SIGSEGV"), std::string::npos) << found.verdict.reason;
}

/// The lines of the program that excludes a value.
std::vector<std::string> lines_after(const std::string& shown, const std::string& first) {
  std::istringstream text(shown.substr(shown.find(first)));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!lines.empty() && line.rfind("excludes", 0) == 0) break;
    lines.push_back(line);
  }
  return lines;
}

TEST(MemorySpace, AMinimalCounterexampleHasTwoUnitsAndThreeSteps) {
  Impostor impostor(std_thread(), fork_runtime());
  const std::uint64_t seeds = kSanitized ? 1 : 5;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    ProbeOptions options;
    options.effort = Effort::kQuick;
    options.seed = seed;
    const Observation found = probe_of(TraitId::kMemorySpace).observe(impostor, options);
    const auto lines = lines_after(found.counterexample, "excludes separate");
    // What was read, the names of the units, and two rows: a write, a wait and a read.
    ASSERT_EQ(lines.size(), 4U) << "seed " << seed << "\n" << found.counterexample;
    EXPECT_NE(lines[1].find("unit 0"), std::string::npos) << found.counterexample;
    EXPECT_NE(lines[1].find("unit 1"), std::string::npos) << found.counterexample;
    EXPECT_EQ(lines[2].find("write "), 0U) << found.counterexample;
    EXPECT_NE(lines[2].find("await end of unit 0"), std::string::npos) << found.counterexample;
    EXPECT_EQ(lines[3].find_first_not_of(' '), lines[2].find("await")) << found.counterexample;
    EXPECT_NE(lines[3].find("read "), std::string::npos) << found.counterexample;
  }
}

TEST(Visibility, OracleSharesTheSharedMappingOnlyWhereMemoryIsSeparate) {
  std::vector<Move> moves;
  for (const Region region : {Region::kHeap, Region::kSharedMapping, Region::kThreadLocal}) {
    moves.push_back({0, write(region, 0, 5)});
    moves.push_back({1, read(region, 0)});
  }
  using Reads = std::vector<std::int64_t>;
  EXPECT_EQ(expected_reads(moves, MemorySpace::kSeparate), (Reads{0, 0, 0, 5, 0, 0}));
  EXPECT_EQ(expected_reads(moves, MemorySpace::kShared), (Reads{0, 5, 0, 5, 0, 0}));
  EXPECT_EQ(expected_reads(moves, MemorySpace::kSharedSameThread), (Reads{0, 5, 0, 5, 0, 5}));
}

/// What the oracle excludes where the second unit reads what the first wrote.
std::string excluded_by_a_read_of_5(std::vector<Move> moves) {
  Plan plan;
  plan.units = 2;
  plan.moves = std::move(moves);
  const Case made = visibility_case(plan);
  Trace trace = coroutine().run(made.program);
  EXPECT_TRUE(trace.completed()) << trace.failure();
  std::string excluded;
  for (const Finding::Exclusion& each : made.judge(trace).exclusions) {
    excluded += std::string(trait(TraitId::kMemorySpace).values[each.value].slug) + " ";
  }
  return excluded;
}

TEST(Visibility, AHeirToAThreadIsNoCounterexampleToSharedMemory) {
  const Move writes{0, write(Region::kThreadLocal, 0, 5)};
  const Move reads{1, read(Region::kThreadLocal, 0)};
  EXPECT_EQ(excluded_by_a_read_of_5({writes, reads}), "separate ");
  // The first unit lives on, and waits for the second.
  EXPECT_EQ(excluded_by_a_read_of_5({writes, reads, {0, read(Region::kHeap, 0)}}),
            "separate shared ");
  // The second was there before.
  EXPECT_EQ(excluded_by_a_read_of_5({{1, read(Region::kHeap, 0)}, writes, reads}),
            "separate shared ");
}

/// Unit 41 of many finds what unit 40 wrote to its thread-local storage.
Doctored::Doctor sharing_40_and_41() {
  return each_event(Op::kRead, [](std::size_t unit, const Step& step, Event& event) {
    if (unit == 41 && step.region == Region::kThreadLocal && event.value == 42) event.value = 41;
  });
}

TEST(MemorySpace, TwoUnitsOfManyThatShareAVariableAreFound) {
  Doctored sharing(std_thread(), sharing_40_and_41());
  const Judged found = judged(sharing);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.observation.counterexample.find("unit 41 read 41"), std::string::npos)
      << found.observation.counterexample;
}

}  // namespace
}  // namespace assay
