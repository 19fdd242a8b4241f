// Reports that were cut off or damaged: none is lost in silence, nothing crashes or hangs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "sanitizers/reports/testing_reports.h"

namespace assay {
namespace {

// Under a sanitizer a cut at every byte takes too long; there the cuts are a prime apart.
constexpr std::size_t kStep = std::string_view(ASSAY_VARIANT) == "plain" ? 1 : 37;

// Byte offsets of a report in its run.
struct Extent {
  std::size_t head_end = 0;
  std::size_t end = 0;       ///< Without the last end of line.
  std::size_t said = 0;      ///< From here on the report has said all.
  bool no_end_mark = false;  ///< As of UBSan: complete at the end of any line.
};

std::vector<std::size_t> line_ends(const std::string& text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') ends.push_back(i);
  }
  if (!text.ends_with('\n')) ends.push_back(text.size());
  return ends;
}

Extent extent(const Report& report, const std::string& text, const std::vector<std::size_t>& ends) {
  Extent found;
  found.head_end = ends.at(report.first_line - 1);
  found.end = ends.at(report.last_line - 1);
  found.said = found.end;
  const bool memory = report.detector == Detector::kAddressSanitizer ||
                      report.detector == Detector::kLeakSanitizer ||
                      (report.detector == Detector::kThreadSanitizer &&
                       text.substr(found.head_end - 40, 40).find("pid=") == std::string::npos);
  if (memory) {
    const std::size_t summary = text.find("\nSUMMARY: ", found.head_end);
    if (summary < found.end) found.said = text.find('\n', summary + 1);
  }
  found.no_end_mark = report.detector == Detector::kUndefinedBehaviorSanitizer ||
                      report.kind == ReportKind::kDetectorFailure ||
                      report.kind == ReportKind::kThreadMisuse;
  return found;
}

void expect_nothing_lost(const RecordedRun& run, std::size_t cut, std::span<const Report> whole,
                         std::span<const Extent> extents) {
  const std::string where = run.name + ".txt cut off at byte " + std::to_string(cut);
  const ReadReports read = read_reports(std::string_view(run.text).substr(0, cut));
  std::size_t begun = 0;
  while (begun < extents.size() && extents[begun].head_end <= cut) ++begun;
  ASSERT_GE(read.reports.size(), begun) << where << ": a report is lost";
  ASSERT_LE(read.reports.size(), begun + 1) << where << ": a report is read twice";
  for (std::size_t i = 0; i < begun; ++i) {
    if (extents[i].end <= cut) {
      ASSERT_EQ(one_line("", read.reports[i]), one_line("", whole[i])) << where;
    } else if (cut < extents[i].said && !extents[i].no_end_mark) {
      ASSERT_TRUE(read.reports[i].truncated) << where << ": not marked as truncated";
    }
  }
  // Within the first line of a report: the report, or at least a problem.
  if (begun == extents.size() || read.reports.size() > begun) return;
  const std::size_t head = run.text.rfind('\n', extents[begun].head_end - 1) + 1;
  const bool recognizable = whole[begun].text.size() + cut >= extents[begun].head_end;
  if (cut > head && recognizable && !whole[begun].accesses.empty() &&
      whole[begun].detector != Detector::kHelgrind && whole[begun].detector != Detector::kDrd) {
    ASSERT_FALSE(read.problems.empty()) << where << ": the beginning of a report is lost";
  }
}

TEST(DamagedReports, AReportCutOffAnywhereIsTruncatedAndNotLost) {
  for (const RecordedRun& run : recorded_runs()) {
    const std::vector<Report> whole = read_reports(run.text).reports;
    const std::vector<std::size_t> ends = line_ends(run.text);
    std::vector<Extent> extents;
    for (const Report& report : whole) extents.push_back(extent(report, run.text, ends));
    for (std::size_t cut = 0; cut <= run.text.size(); cut += kStep) {
      expect_nothing_lost(run, cut, whole, extents);
      if (HasFatalFailure()) return;
    }
  }
}

std::uint64_t seed() {
  const char* given = std::getenv("ASSAY_SEED");
  const char* of_bazel = std::getenv("TEST_RANDOM_SEED");
  if (given != nullptr) return std::strtoull(given, nullptr, 10);
  return of_bazel == nullptr ? 1 : std::strtoull(of_bazel, nullptr, 10);
}

class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  std::string operator()(std::string text) {
    for (std::size_t n = 1 + below(8); n > 0; --n) once(text);
    return text;
  }

 private:
  void once(std::string& text) {
    const std::size_t at = below(text.size());
    const std::size_t size = below(std::min<std::size_t>(200, text.size() - at));
    switch (below(6)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(below(256));
        return;
      case 1:
        text.erase(at, size);
        return;
      case 2:
        text.insert(at, text.substr(below(text.size()), size));
        return;
      case 3:
        text.insert(at, "output of the program\n");
        return;
      case 4:
        text.insert(at, std::string(below(3), '\n') + "    #" + std::to_string(below(100)) + " ");
        return;
      default:
        text.insert(at, "99999999999999999999999999");
    }
  }

  std::mt19937_64 random_;
};

// Counted by a search for words, another way than the reader's.
std::size_t heads(std::string_view text, std::string_view words) {
  std::size_t found = 0;
  for (std::size_t at = text.find(words); at != text.npos; at = text.find(words, at + 1)) {
    const std::size_t begin = text.rfind('\n', at) + 1;
    // Two in one line are one report, and a line of Valgrind is none of a sanitizer.
    if (text.substr(begin, at - begin).find("Sanitizer: ") == text.npos) ++found;
  }
  return found;
}

TEST(DamagedReports, ChangedAtRandomTheyAreReadOrSaid) {
  const std::uint64_t first = seed();
  const std::vector<RecordedRun> runs = recorded_runs();
  const std::size_t tries = kStep == 1 ? 4000 : 800;
  for (std::uint64_t i = first; i < first + tries; ++i) {
    Damage damage(i);
    const RecordedRun& run = runs[damage.below(runs.size())];
    const std::string text = damage(run.text + runs[damage.below(runs.size())].text);
    const ReadReports read = read_reports(text);
    const std::size_t tsan = std::ranges::count_if(read.reports, [](const Report& report) {
      return report.detector == Detector::kThreadSanitizer;
    });
    EXPECT_GE(tsan, heads(text, "WARNING: ThreadSanitizer: "))
        << run.name << ": a report is lost; again with\n  bazel test --test_env=ASSAY_SEED=" << i
        << " //sanitizers/reports:damaged_reports_test";
    if (HasFailure()) return;
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

TEST(DamagedReports, APrefixOfALogAndColoursAreTakenOff) {
  for (const char* name : {"race_heap_mutex.clang_tsan", "uaf_thread.gcc_asan"}) {
    const std::string text = recorded_run(name);
    std::string logged = "12:00:01.250 ";
    for (const char c : text) {
      logged += c;
      if (c == '\n') logged += "12:00:01.300 \x1b[1m\x1b[0m";
    }
    const ReadReports read = read_reports(logged);
    ASSERT_EQ(read.reports.size(), 1U) << name;
    EXPECT_EQ(one_line("", read.reports[0]), one_line("", read_reports(text).reports[0])) << name;
  }
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
