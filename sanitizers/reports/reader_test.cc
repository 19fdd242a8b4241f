#include "sanitizers/reports/reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "sanitizers/reports/testing_reports.h"

namespace assay {
namespace {

Report only_report(const std::string& run) {
  ReadReports read = read_reports(recorded_run(run));
  EXPECT_EQ(read.reports.size(), 1U) << run;
  for (const Problem& problem : read.problems) {
    EXPECT_TRUE(problem.foreign) << run << ":" << problem.line << ": " << problem.reason;
  }
  return read.reports.empty() ? Report() : read.reports.front();
}

std::string contents(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ReportReader, ReadsEveryRecordedReportWithItsKindAndPlaces) {
  std::string found;
  for (const RecordedRun& run : recorded_runs()) {
    for (const Report& report : read_reports(run.text).reports) found += one_line(run.name, report);
  }
  EXPECT_EQ(found, contents("sanitizers/reports/testdata/expected.tsv"))
      << "the reports of testdata/*.txt, one a line: run, detector, kind, places";
}

TEST(ReportReader, UnderstandsEveryLineOfTheRecordedReports) {
  for (const RecordedRun& run : recorded_runs()) {
    const ReadReports read = read_reports(run.text);
    for (const Problem& problem : read.problems) {
      if (problem.foreign) continue;
      ADD_FAILURE() << run.name << ".txt:" << problem.line << ": " << problem.reason << ": "
                    << problem.text;
    }
    for (const Report& report : read.reports) {
      EXPECT_FALSE(report.truncated) << run.name << ".txt:" << report.first_line;
    }
  }
}

TEST(ReportReader, GivesTheSameForBytesOneByOne) {
  for (const RecordedRun& run : recorded_runs()) {
    std::string whole;
    for (const Report& report : read_reports(run.text).reports) whole += one_line("", report);
    std::string pieces;
    ReportReader reader(
        {[&](const Report& report) { pieces += one_line("", report); }, [](const Problem&) {}});
    for (const char& byte : run.text) reader.feed({&byte, 1});
    reader.finish();
    EXPECT_EQ(pieces, whole) << run.name;
  }
}

TEST(ReportReader, ReadsARaceOfThreadSanitizerInFull) {
  const Report race = only_report("race_heap_mutex.clang_tsan");
  ASSERT_EQ(race.accesses.size(), 2U);
  const Access& write = race.accesses[0];
  EXPECT_EQ(write.kind, AccessKind::kWrite);
  EXPECT_EQ(write.size, 4U);
  EXPECT_EQ(write.thread, "T2");
  EXPECT_FALSE(write.previous);
  EXPECT_TRUE(race.accesses[1].previous);
  EXPECT_EQ(race.accesses[1].thread, "T1");
  ASSERT_EQ(write.mutexes.size(), 1U);
  EXPECT_EQ(write.mutexes[0].name, "M0");
  ASSERT_EQ(write.stack.size(), 7U);
  EXPECT_EQ(write.stack[0].function, "main::$_1::operator()() const");
  EXPECT_EQ(write.stack[0].file, "race_heap_mutex.cc");
  EXPECT_EQ(write.stack[0].line, 15U);
  EXPECT_EQ(write.stack[0].column, 62U);
  EXPECT_EQ(write.stack[0].module, "race_heap_mutex.clang_tsan");
  EXPECT_EQ(race.location.kind, LocationKind::kHeap);
  EXPECT_EQ(race.location.size, 16U);
  EXPECT_EQ(race.location.thread, "main");
  EXPECT_EQ(race.location.stack.size(), 2U);
  ASSERT_NE(find_thread(race, "T1"), nullptr);
  EXPECT_EQ(find_thread(race, "T1")->created_by, "main");
  EXPECT_EQ(find_thread(race, "T1")->creation.size(), 3U);
  ASSERT_NE(find_mutex(race, "M1"), nullptr);
  EXPECT_EQ(find_mutex(race, "M1")->creation.size(), 11U);
}

TEST(ReportReader, NamesWhatTheAddressBelongsTo) {
  EXPECT_EQ(only_report("race_global.clang_tsan").location.name, "counter");
  EXPECT_EQ(only_report("race_fd.gcc_tsan").location.descriptor, 4);
  EXPECT_EQ(read_reports(recorded_run("race_tls.clang_tsan")).reports.back().location.kind,
            LocationKind::kThreadLocal);
  EXPECT_EQ(only_report("race_tls.gplain.helgrind").location.name, "leak");
  EXPECT_EQ(only_report("race_memset.plain.drd").location.kind, LocationKind::kHeap);
  const Report race =
      read_reports(recorded_run("race_stack_atomic.plain.helgrind")).reports.front();
  EXPECT_EQ(race.location.kind, LocationKind::kStack);
  EXPECT_EQ(race.location.thread, "main");
  const Report overflow = read_reports(recorded_run("global_overflow.gcc_asan")).reports.back();
  EXPECT_EQ(overflow.location.name, "table");
  EXPECT_EQ(overflow.location.file, "global_overflow.cc");
  EXPECT_EQ(overflow.location.line, 8U);
}

TEST(ReportReader, TheNameOfAThreadMayHaveAnyCharacter) {
  const ReadReports tsan = read_reports(
      "WARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 4 at 0x72 by thread T2:\n"
      "    #0 f a.cc:1:2\n\n  Thread T2 'it's 'B'' (tid=23822, running) created by main thread "
      "at:\n"
      "    #0 main a.cc:12:3\n\n==================\n");
  EXPECT_TRUE(tsan.problems.empty());
  ASSERT_EQ(tsan.reports.at(0).threads.size(), 1U);
  EXPECT_EQ(tsan.reports[0].threads[0].label, "it's 'B'");
  EXPECT_EQ(tsan.reports[0].threads[0].tid, 23822U);
  const ReadReports asan = read_reports(
      "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x55 bp 0x7f sp "
      "0x7e\nREAD of size 4 at 0x60 thread T1\n    #0 0x55 in f a.cc:1:2\n\n"
      "Thread T1 (io (1)) created by T0 here:\n    #0 0x55 in main a.cc:12:3\n");
  EXPECT_EQ(asan.reports.at(0).threads.at(0).label, "io (1)");
}

TEST(ReportReader, ReadsTheEdgesOfALockCycle) {
  for (const char* run : {"lock_order3.clang_tsan", "lock_order3.gcc_tsan"}) {
    const Report report = only_report(run);
    ASSERT_EQ(report.cycle.size(), 3U) << run;
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(report.cycle[i].acquired, report.cycle[(i + 1) % 3].held) << run;
      EXPECT_FALSE(report.cycle[i].held_at.empty()) << run;
      EXPECT_FALSE(report.cycle[i].acquired_at.empty()) << run;
    }
  }
  const Report helgrind = only_report("lock_order2.plain.helgrind");
  ASSERT_EQ(helgrind.cycle.size(), 2U);
  EXPECT_EQ(helgrind.cycle[0].held, helgrind.cycle[1].acquired);
  EXPECT_EQ(helgrind.cycle[0].acquired, helgrind.cycle[1].held);
}

TEST(ReportReader, KeepsWhoFreedAndWhoAllocated) {
  for (const char* run : {"uaf_thread.clang_asan", "uaf_thread.gcc_asan"}) {
    const Report report = only_report(run);
    EXPECT_EQ(report.location.thread, "main") << run;
    EXPECT_EQ(report.location.freed_by, "T1") << run;
    EXPECT_EQ(report.accesses.at(0).thread, "T2") << run;
    EXPECT_EQ(report.location.size, 20U) << run;
    EXPECT_EQ(report.threads.size(), 2U) << run;
  }
}

}  // namespace
}  // namespace assay
