// Reports that were cut off or damaged: none is lost in silence, nothing crashes or hangs.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <sstream>

#include "sanitizers/reports/damage.h"
#include "sanitizers/reports/testing_reports.h"

namespace assay {
namespace {

// Under a sanitizer a cut at every byte takes too long; there the cuts are a prime apart.
constexpr std::size_t kStep = std::string_view(ASSAY_VARIANT) == "plain" ? 1 : 37;

TEST(DamagedReports, AReportCutOffAnywhereIsTruncatedAndNotLost) {
  for (const RecordedRun& run : recorded_runs()) {
    ASSERT_EQ(lost_when_cut_off(run.name, run.text, kStep), "");
  }
}

std::uint64_t seed() {
  const char* given = std::getenv("ASSAY_SEED");
  const char* of_bazel = std::getenv("TEST_RANDOM_SEED");
  if (given != nullptr) return std::strtoull(given, nullptr, 10);
  return of_bazel == nullptr ? 1 : std::strtoull(of_bazel, nullptr, 10);
}

TEST(DamagedReports, ChangedAtRandomTheyAreReadOrSaid) {
  const std::vector<RecordedRun> runs = recorded_runs();
  const std::size_t tries = kStep == 1 ? 4000 : 800;
  for (std::uint64_t i = seed(); i < seed() + tries; ++i) {
    const RecordedRun& one = runs[i % runs.size()];
    const RecordedRun& other = runs[i * 31 % runs.size()];
    ASSERT_EQ(lost_when_changed(one.name + " and " + other.name, one.text, other.text, i), "");
  }
}

TEST(DamagedReports, LinesOfTheProgramInBetweenChangeNothing) {
  for (const RecordedRun& run : recorded_runs()) {
    if (run.text.find("runtime error") != std::string::npos) continue;  // They have no end mark.
    std::string mixed;
    std::size_t number = 0;
    for (const char c : run.text) {
      mixed += c;
      if (c == '\n' && ++number % 3 == 0) mixed += "output of the program\n";
    }
    std::string plain;
    std::string found;
    for (const Report& report : read_reports(run.text).reports) plain += one_line("", report);
    for (const Report& report : read_reports(mixed).reports) found += one_line("", report);
    EXPECT_EQ(found, plain) << run.name;
  }
}

// What GitHub, docker, docker compose, Kubernetes, systemd, CTest, a kernel and an MPI launcher put
// before each line; '#' is a number that counts lines, so that its length changes.
constexpr std::array kPrefixes = {
    "2026-11-25T19:05:45.#Z ",
    "app_#  | ",
    "2026-11-25T19:05:45.000000001Z stderr F ",
    "Nov 25 19:05:45 host app[#]: ",
    "12: ",
    "[   12.#] ",
    "[1,0]<stderr>: ",
    "\x1b[36mweb |\x1b[0m ",
    "\x1b[0K",
    "\t",
    "    ",
};

std::string logged(const std::string& text, std::string_view prefix, std::string_view line_end) {
  std::string all;
  std::size_t number = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    for (const char c : prefix) all += c == '#' ? std::to_string(number) : std::string(1, c);
    ++number;
    all += line;
    all += line_end;
  }
  return all;
}

std::string told(const std::string& text) {
  std::string all;
  const ReadReports read = read_reports(text);
  for (const Report& report : read.reports) all += one_line("", report);
  for (const Problem& problem : read.problems) all += "problem: " + problem.reason + "\n";
  return all;
}

TEST(DamagedReports, APrefixOfALogAndColoursAreTakenOff) {
  for (const RecordedRun& run : recorded_runs()) {
    const std::string whole = told(run.text);
    for (const char* const prefix : kPrefixes) {
      EXPECT_EQ(told(logged(run.text, prefix, "\n")), whole) << run.name << " after " << prefix;
    }
  }
}

TEST(DamagedReports, LineEndsOfWindowsAndAByteOrderMarkChangeNothing) {
  for (const RecordedRun& run : recorded_runs()) {
    EXPECT_EQ(told("\xef\xbb\xbf" + logged(run.text, "", "\r\n")), told(run.text)) << run.name;
  }
}

TEST(DamagedReports, InAnXmlFileOfTestsTheyAreReadAsTheyWere) {
  for (const RecordedRun& run : recorded_runs()) {
    std::string escaped;
    for (const char c : run.text) {
      const std::string_view entity = c == '<'    ? "&lt;"
                                      : c == '>'  ? "&gt;"
                                      : c == '&'  ? "&amp;"
                                      : c == '"'  ? "&quot;"
                                      : c == '\'' ? "&apos;"
                                                  : std::string_view();
      escaped += entity.empty() ? std::string(1, c) : std::string(entity);
    }
    EXPECT_EQ(told(escaped), told(run.text)) << run.name;
  }
  const std::string one = "a.cc:3:4: runtime error: load of value 2, type &apos;bool&#39;\n";
  EXPECT_EQ(read_reports(one).reports.at(0).text, "load of value 2, type 'bool'");
}

TEST(DamagedReports, InTheJsonLinesOfDockerTheyAreReadAsTheyWere) {
  for (const RecordedRun& run : recorded_runs()) {
    std::string lines;
    std::istringstream text(run.text);
    for (std::string line; std::getline(text, line);) {
      std::string escaped;
      for (const char c : line) {
        const std::string_view escape = c == '"'    ? "\\\""
                                        : c == '\\' ? "\\\\"
                                        : c == '\t' ? "\\t"
                                        : c == '<'  ? "\\u003c"
                                        : c == '>'  ? "\\u003e"
                                        : c == '&'  ? "\\u0026"
                                        : c == 0x1b ? "\\u001b"
                                                    : std::string_view();
        escaped += escape.empty() ? std::string(1, c) : std::string(escape);
      }
      lines += R"({"log":")" + escaped +
               R"(\n","stream":"stderr","time":"2026-11-25T19:05:45Z"})"
               "\n";
    }
    EXPECT_EQ(told(lines), told(run.text)) << run.name;
  }
  const std::string one = R"({"log":"a.cc:3:4: runtime error: \u2028 of \u003cT\u003e)";
  EXPECT_EQ(read_reports(one + "\n").reports.at(0).text, "? of <T>");
}

TEST(DamagedReports, OutputOfTheProgramBeforeALineOfValgrindIsNoPartOfIt) {
  const std::string text = recorded_run("race_heap_mutex.plain.helgrind");
  EXPECT_EQ(told(logged(text, "progress #% ", "\n")), told(text));
}

TEST(DamagedReports, WhatOthersReportIsSaidAndNotTakenForNothing) {
  for (const char* const text : {"==================\nWARNING: DATA RACE\nRead at 0x00c00001 by "
                                 "goroutine 8:\n  main.main.func1()\n",
                                 "<?xml version=\"1.0\"?>\n\n<valgrindoutput>\n"}) {
    const ReadReports read = read_reports(text);
    EXPECT_TRUE(read.reports.empty());
    ASSERT_EQ(read.problems.size(), 1U) << text;
    EXPECT_NE(read.problems[0].reason.find("not read here"), std::string::npos);
    EXPECT_FALSE(read.problems[0].foreign);
  }
}

TEST(DamagedReports, ANameOfManyKilobytesKeepsItsFileAndLine) {
  const std::string name = "void f<" + std::string(100'000, 'x') + ">()";
  const ReadReports read = read_reports(
      "WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 4 at 0x1 by main thread:\n"
      "    #0 " +
      name + " a.cc:12:3 (p+0x1)\n==================\n");
  ASSERT_EQ(read.reports.size(), 1U);
  const Frame& frame = read.reports[0].accesses.at(0).stack.at(0);
  EXPECT_EQ(frame.file, "a.cc");
  EXPECT_EQ(frame.line, 12U);
  EXPECT_LE(frame.function.size(), ReportReader::kMaxLineBytes);
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_NE(read.problems[0].reason.find("middle is left out"), std::string::npos);
}

TEST(DamagedReports, AReportThatAnotherProcessInterruptsGoesOnBehindIt) {
  const auto line = [](const std::string& text, std::size_t number) {
    std::size_t at = 0;
    while (number-- > 0) at = text.find('\n', at) + 1;
    return at;
  };
  std::string one = recorded_run("race_global.clang_tsan");
  one.resize(one.find("==================\n", 20) + 19);
  std::string other = one;
  other.replace(other.find("(pid=") + 5, 1, "9");
  ASSERT_EQ(other.rfind("==================\nWARNING", 0), 0U);
  const ReadReports alone = read_reports(one);
  ASSERT_EQ(alone.reports.size(), 1U);
  const auto lines = static_cast<std::size_t>(std::ranges::count(one, '\n'));
  // From the line behind the head to the one before the rule.
  for (std::size_t cut = 2; cut + 1 < lines; ++cut) {
    const std::size_t at = line(one, cut);
    const ReadReports both = read_reports(one.substr(0, at) + other + one.substr(at));
    ASSERT_EQ(both.reports.size(), 2U) << cut;
    EXPECT_NE(both.reports[0].pid, alone.reports[0].pid) << cut;
    for (const Report& report : both.reports) {
      EXPECT_FALSE(report.truncated) << cut << ": " << one.substr(at, 60);
      EXPECT_EQ(report.accesses, alone.reports[0].accesses) << cut;
      EXPECT_EQ(report.threads, alone.reports[0].threads) << cut;
    }
    EXPECT_TRUE(both.problems.empty()) << cut << ": " << both.problems.at(0).text;
  }
  // Without a summary, the rule alone is an end.
  const std::string quiet = one.substr(0, one.find("SUMMARY")) + "==================\n";
  const ReadReports twice = read_reports(quiet + "done\n" + quiet);
  ASSERT_EQ(twice.reports.size(), 2U);
  for (const Report& report : twice.reports) EXPECT_FALSE(report.truncated);
}

TEST(DamagedReports, AReportWithoutItsBeginningIsSaid) {
  const std::string text = recorded_run("race_heap_mutex.clang_tsan");
  const ReadReports read = read_reports(std::string_view(text).substr(text.find("    #1")));
  EXPECT_TRUE(read.reports.empty());
  ASSERT_FALSE(read.problems.empty());
  EXPECT_EQ(read.problems.front().line, 1U);
}

TEST(DamagedReports, ALineWithoutEndDoesNotFillMemory) {
  std::size_t problems = 0;
  ReportReader reader({[](const Report&) {}, [&](const Problem&) { ++problems; }});
  const std::string junk(1 << 16, 'x');
  for (int i = 0; i < 100; ++i) reader.feed(junk);
  reader.feed("\n");
  reader.finish();
  EXPECT_EQ(problems, 1U);
  EXPECT_EQ(reader.lines(), 1U);
}

TEST(DamagedReports, AReportOfTooManyLinesIsCutAndSaid) {
  std::string text =
      "WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 4 at 0x1 by main thread:\n";
  for (std::size_t i = 0; i < ReportReader::kMaxFrames + 10; ++i)
    text += "    #0 f a.cc:1 (p+0x1)\n";
  text += "==================\n";
  const ReadReports read = read_reports(text);
  ASSERT_EQ(read.reports.size(), 1U);
  EXPECT_LE(read.reports[0].accesses[0].stack.size(), ReportReader::kMaxFrames);
  EXPECT_FALSE(read.reports[0].truncated);
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_NE(read.problems[0].reason.find("left out"), std::string::npos);
}

}  // namespace
}  // namespace assay
