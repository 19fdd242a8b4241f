#include "report/run.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <new>
#include <stdexcept>

#include "report/fake_runtime.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

FakeRuntime& one() {
  static FakeRuntime runtime(
      "one",
      {claim(Model::kThread, TraitId::kPreemption, Preemption::kYes, "yes", "a source"),
       claim(Model::kThread, TraitId::kSleep, Sleep::kOverlaps, "overlap", "a source"),
       claim(Model::kThread, TraitId::kParallelism, Parallelism::kParallel, "yes", "a source")});
  return runtime;
}

Observation witness_of_yes(Runtime& /*runtime*/, const ProbeOptions& options) {
  Observation seen;
  seen.allowed = seen.witnessed = {Preemption::kYes};
  seen.tries = options.seed;
  seen.evidence.set("bytes", 3).set("ratio", 1.5).set("what", "it\nran \xff");
  seen.evidence.set("samples", std::vector<double>{1, std::numeric_limits<double>::infinity()});
  return seen;
}
Observation throwing(Runtime& /*runtime*/, const ProbeOptions& /*options*/) {
  throw std::runtime_error("no such thing");
}
Observation out_of_memory(Runtime& /*runtime*/, const ProbeOptions& /*options*/) {
  throw std::bad_alloc();
}
Observation killed(Runtime& /*runtime*/, const ProbeOptions& /*options*/) {
  kill(getpid(), SIGKILL);
  return {};
}
Observation hanging(Runtime& /*runtime*/, const ProbeOptions& /*options*/) {
  for (;;) pause();
}
Observation with_child(Runtime& /*runtime*/, const ProbeOptions& /*options*/) {
  if (fork() == 0) {
    for (;;) pause();
  }
  for (;;) pause();
}

/// A plan of three cells, whose first and last are observed well.
struct Three {
  explicit Three(ProbeFunction second)
      : probes{{{TraitId::kPreemption, &witness_of_yes},
                {TraitId::kSleep, second},
                {TraitId::kParallelism, &witness_of_yes}}} {
    plan.cells = {
        {&one(), TraitId::kPreemption}, {&one(), TraitId::kSleep}, {&one(), TraitId::kParallelism}};
    plan.probes.assign(probes.begin(), probes.end());
    plan.options.seed = 7;
  }
  std::array<Probe, 3> probes;
  RunPlan plan;
};

TEST(Run, EvidenceOfAProbeComesOutWhole) {
  Three three(&witness_of_yes);
  const RunResult ran = run(three.plan);
  ASSERT_EQ(ran.results.size(), 3U);
  EXPECT_EQ(ran.signal, 0);
  const Result& result = ran.results[0];
  EXPECT_EQ(result.verdict.kind, VerdictKind::kConfirmed) << result.verdict.reason;
  EXPECT_EQ(result.observation.tries, 7U);
  EXPECT_EQ(std::get<std::int64_t>(*result.observation.evidence.find("bytes")), 3);
  EXPECT_EQ(std::get<double>(*result.observation.evidence.find("ratio")), 1.5);
  EXPECT_EQ(std::get<std::string>(*result.observation.evidence.find("what")), "it\nran \uFFFD");
  EXPECT_EQ(std::get<std::vector<double>>(*result.observation.evidence.find("samples")).size(), 2U);
}

void expect_second_inconclusive(const RunResult& ran, const std::string& reason) {
  ASSERT_EQ(ran.results.size(), 3U);
  EXPECT_EQ(ran.results[0].verdict.kind, VerdictKind::kConfirmed);
  EXPECT_EQ(ran.results[1].verdict.kind, VerdictKind::kInconclusive);
  EXPECT_NE(ran.results[1].verdict.reason.find(reason), std::string::npos)
      << ran.results[1].verdict.reason;
  EXPECT_EQ(ran.results[2].verdict.kind, VerdictKind::kConfirmed);
}

TEST(Run, AProbeThatThrowsIsInconclusiveAndTheRunGoesOn) {
  expect_second_inconclusive(run(Three(&throwing).plan), "no such thing");
  expect_second_inconclusive(run(Three(&out_of_memory).plan), "bad_alloc");
}

TEST(Run, AProbeThatDiesIsInconclusiveAndTheRunGoesOn) {
  expect_second_inconclusive(run(Three(&killed).plan), "killed by SIGKILL");
}

TEST(Run, AProbeThatHangsIsGivenUpWithAllItsChildren) {
  Three three(&with_child);
  three.plan.cell_bound = milliseconds(500);
  expect_second_inconclusive(run(three.plan), "did not end within 500 ms");
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Run, EndsWithItsBudgetAndSaysSo) {
  Three three(&hanging);
  three.plan.budget = milliseconds(1500);
  const RunResult ran = run(three.plan);
  ASSERT_EQ(ran.results.size(), 3U);
  EXPECT_NE(ran.results[1].verdict.reason.find("used up"), std::string::npos)
      << ran.results[1].verdict.reason;
  EXPECT_EQ(ran.results[2].verdict.kind, VerdictKind::kInconclusive);
}

TEST(Run, ASignalKeepsTheVerdictsSoFar) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Three three(&hanging);
    three.plan.reached = [&](const Result& /*result*/) { kill(getpid(), signal); };
    const RunResult ran = run(three.plan);
    EXPECT_EQ(ran.signal, signal);
    ASSERT_EQ(ran.results.size(), 1U);
    EXPECT_EQ(ran.results[0].verdict.kind, VerdictKind::kConfirmed);
  }
}

TEST(Run, AnUntestedClaimIsShownAndNotProbed) {
  FakeRuntime silent("silent", {});
  Three three(&throwing);
  three.plan.cells = {{&silent, TraitId::kSleep}};
  const RunResult ran = run(three.plan);
  EXPECT_EQ(ran.results.at(0).verdict.kind, VerdictKind::kUntested);
  EXPECT_NE(ran.results[0].verdict.reason.find("declares nothing"), std::string::npos);
}

TEST(Run, TheCommandShowsTheCellAgain) {
  unsetenv("ASSAY_COMMAND");
  Three three(&witness_of_yes);
  three.plan.options.units = {2, 64};
  three.plan.options.effort = Effort::kQuick;
  three.plan.options.duration = milliseconds(250);
  EXPECT_EQ(run(three.plan).results.at(1).command,
            "assay check --runtime=one --trait=sleep --units=2,64 --seed=7 --quick "
            "--duration=250ms");
}

Observation late(Runtime& /*runtime*/, const ProbeOptions& options) {
  Observation seen;
  seen.tries = options.effort == Effort::kQuick && options.duration.count() > 0 ? 1 : 0;
  seen.allowed = {Preemption::kYes};
  return seen;
}

TEST(Run, CellsThatComeLateGetLessEffortBeforeTheyGetNone) {
  Three three(&late);
  three.plan.budget = std::chrono::seconds(1);  // Three cells of the default effort take longer.
  const RunResult ran = run(three.plan);
  ASSERT_EQ(ran.results.size(), 3U);
  EXPECT_EQ(ran.results[1].observation.tries, 1U) << ran.results[1].verdict.reason;
  EXPECT_NE(ran.results[1].command.find("--quick --duration="), std::string::npos);
}

TEST(Cells, RuntimesTakeTurnsAndWhatTakesLongComesLast) {
  FakeRuntime two("two", {});
  const std::array<Runtime*, 2> runtimes{&one(), &two};
  const std::array<TraitId, 2> traits{TraitId::kUseCase, TraitId::kSleep};
  const auto cells = cells_of(runtimes, traits);
  ASSERT_EQ(cells.size(), 4U);
  EXPECT_EQ(cells[0].runtime, &one());
  EXPECT_EQ(cells[1].runtime, &two);
  EXPECT_EQ(cells[2].trait, TraitId::kUseCase);
}

}  // namespace
}  // namespace assay
