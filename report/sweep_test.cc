#include "report/sweep.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "report/fake_runtime.h"
#include "report/sweep_journal.h"

namespace assay {
namespace {

FakeRuntime& one() {
  static FakeRuntime runtime(
      "one", {claim(Model::kThread, TraitId::kPreemption, Preemption::kYes, "yes", "a source"),
              claim(Model::kThread, TraitId::kSleep, Sleep::kOverlaps, "overlap", "a source")});
  return runtime;
}

Observation fine(Runtime& /*runtime*/, const ProbeOptions& /*options*/) {
  Observation seen;
  seen.allowed = seen.witnessed = {Preemption::kYes};
  seen.tries = 1;
  return seen;
}

/// Wrong for seed 4, undecided for seed 5.
Observation sometimes_wrong(Runtime& runtime, const ProbeOptions& options) {
  Observation seen = fine(runtime, options);
  seen.allowed = {Sleep::kOverlaps};
  if (options.seed == 4) seen.allowed = {Sleep::kSerial};
  if (options.seed == 5) return not_measured(trait(TraitId::kSleep), "no clock");
  return seen;
}

/// Takes the process of its sweep with it when it sees seed 4.
Observation killing(Runtime& runtime, const ProbeOptions& options) {
  if (options.seed == 4) kill(getppid(), SIGKILL);
  return sometimes_wrong(runtime, options);
}

/// What a user does who presses Ctrl-C while seed 4 is looked at.
pid_t sweeping = 0;
Observation interrupting(Runtime& /*runtime*/, const ProbeOptions& options) {
  if (options.seed < 4) return fine(one(), options);
  kill(sweeping, SIGINT);
  for (;;) pause();
}

SweepPlan plan_with(ProbeFunction sleep) {
  SweepPlan plan;
  plan.plan.cells = {{&one(), TraitId::kPreemption}, {&one(), TraitId::kSleep}};
  plan.plan.probes = {{TraitId::kPreemption, &fine}, {TraitId::kSleep, sleep}};
  plan.first_seed = 2;
  plan.seeds = 5;
  return plan;
}

std::uint64_t count(const SweepRow& row, VerdictKind kind) {
  return row.of_kind[static_cast<std::size_t>(kind)];
}

TEST(Sweep, CountsTheVerdictsOfEachCell) {
  SweepPlan plan = plan_with(&sometimes_wrong);
  plan.jobs = 2;
  const SweepResult swept = sweep(plan);
  EXPECT_TRUE(swept.lost.empty());
  const std::vector<SweepRow> rows = rows_of(swept.records);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].trait, TraitId::kPreemption);
  EXPECT_EQ(rows[0].runs, 5U);
  EXPECT_EQ(count(rows[0], VerdictKind::kConfirmed), 5U);
  EXPECT_EQ(count(rows[1], VerdictKind::kRefuted), 1U);
  EXPECT_EQ(count(rows[1], VerdictKind::kInconclusive), 1U);
  EXPECT_EQ(rows[1].failures, 1U);
  EXPECT_EQ(exit_status(rows), 1);
}

TEST(Sweep, NamesTheSeedAndTheCommandOfARefutation) {
  std::vector<SweepRecord> refuted;
  SweepPlan plan = plan_with(&sometimes_wrong);
  plan.reached = [&](const SweepRecord& record) {
    if (record.fails) refuted.push_back(record);
  };
  sweep(plan);
  ASSERT_EQ(refuted.size(), 1U);
  EXPECT_EQ(refuted[0].seed, 4U);
  EXPECT_NE(refuted[0].command.find("check --runtime=one --trait=sleep --seed=4"),
            std::string::npos)
      << refuted[0].command;
  EXPECT_NE(refuted[0].reason.find("expected overlaps"), std::string::npos) << refuted[0].reason;
}

TEST(Sweep, LooksOnlyAtWhatIsNotKnown) {
  SweepPlan plan = plan_with(&sometimes_wrong);
  plan.known = sweep(plan).records;
  // What is known counts once, and of this plan only.
  plan.known.push_back(plan.known.front());
  plan.known.front().seed = 99;
  int reached = 0;
  plan.reached = [&](const SweepRecord&) { ++reached; };
  plan.seeds = 6;
  EXPECT_EQ(sweep(plan).records.size(), 12U);
  EXPECT_EQ(reached, 2);
}

TEST(Sweep, KeepsWhatWasReachedWhenAJobIsKilled) {
  const SweepResult swept = sweep(plan_with(&killing));
  ASSERT_EQ(swept.lost.size(), 1U);
  EXPECT_NE(swept.lost[0].find("SIGKILL"), std::string::npos) << swept.lost[0];
  // Of seeds 2 and 3 both cells; of seed 4 the first, if the job had heard of it.
  EXPECT_GE(swept.records.size(), 4U);
}

TEST(Sweep, KeepsWhatWasReachedWhenItIsInterrupted) {
  sweeping = getpid();
  const SweepResult swept = sweep(plan_with(&interrupting));
  EXPECT_EQ(swept.signal, SIGINT);
  EXPECT_TRUE(swept.lost.empty());
  EXPECT_EQ(swept.records.size(), 5U);
}

TEST(Sweep, IsUndecidedWhereACellIsDecidedUnderNoSeed) {
  SweepPlan plan = plan_with(&sometimes_wrong);
  plan.first_seed = 5;
  plan.seeds = 1;
  EXPECT_EQ(exit_status(rows_of(sweep(plan).records)), 3);
  plan.seeds = 2;
  EXPECT_EQ(exit_status(rows_of(sweep(plan).records)), 0);
}

TEST(Sweep, LeavesOutWhatNoProbeTests) {
  Claim none = claim(Model::kThread, TraitId::kSleep, Sleep::kSerial, "add", "a source");
  none.modality = Modality::kUntested;
  FakeRuntime other("other", {none});
  const std::vector<Cell> cells =
      testable({{&one(), TraitId::kSleep}, {&other, TraitId::kSleep}, {&one(), TraitId::kUseCase}});
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].runtime, &one());
}

std::string scratch(const std::string& name) {
  const char* folder = std::getenv("TEST_TMPDIR");
  return std::string(folder != nullptr ? folder : ".") + "/" + name;
}

const JournalHead kHead{"head", "older head"};

TEST(SweepJournal, ReturnsEveryVerdictButHalfALine) {
  const std::string path = scratch("journal");
  std::filesystem::remove(path);
  SweepRecord record{7, "one", TraitId::kSleep, VerdictKind::kRefuted, true, 0.5, "so", "again"};
  {
    SweepJournal journal(path, kHead);
    EXPECT_TRUE(journal.known().empty());
    journal.append(record);
    record.seed = 8;
    journal.append(record);
  }
  std::ofstream(path, std::ios::app) << "{\"seed\":9,\"runt";
  SweepJournal(path, kHead).append(record);
  const SweepJournal journal(path, kHead);
  ASSERT_EQ(journal.known().size(), 3U);
  const SweepRecord& back = journal.known()[0];
  EXPECT_EQ(to_line(back),
            "{\"seed\":7,\"runtime\":\"one\",\"trait\":\"sleep\",\"verdict\":"
            "\"refuted\",\"fails\":true,\"seconds\":0.5,\"command\":\"again\","
            "\"reason\":\"so\"}");
  EXPECT_EQ(journal.known()[1].seed, 8U);
}

TEST(SweepJournal, GoesOnWithOneOfAnOlderVersion) {
  const std::string path = scratch("older_journal");
  const SweepRecord record{7, "one", TraitId::kSleep, VerdictKind::kConfirmed, false, 0.5, "", "a"};
  std::ofstream(path) << "older head\n" << to_line(record) << "\n";
  SweepJournal(path, kHead).append(record);
  EXPECT_EQ(SweepJournal(path, kHead).known().size(), 2U);
}

TEST(SweepJournal, RefusesWhatIsOfAnotherSweep) {
  const std::string path = scratch("other_journal");
  std::ofstream(path) << "another head\n";
  EXPECT_THROW(SweepJournal(path, kHead), std::invalid_argument);
  std::ofstream(path) << "head\nrubbish\n";
  EXPECT_THROW(SweepJournal(path, kHead), std::invalid_argument);
  EXPECT_THROW(SweepJournal("/no/such/folder/journal", kHead), std::system_error);
}

}  // namespace
}  // namespace assay
