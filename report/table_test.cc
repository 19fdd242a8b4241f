#include "report/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace assay {
namespace {

Result result_of(const std::string& runtime, Model model, TraitId trait, VerdictKind kind) {
  Result result;
  result.runtime = runtime;
  result.claim = claim(model, trait, Preemption::kYes, "yes", "sched(7)");
  result.verdict = {kind, kind == VerdictKind::kRefuted ? "expected yes, observed no" : "",
                    kind == VerdictKind::kRefuted, kind == VerdictKind::kInconclusive};
  result.observation.tries = 12;
  result.command = "assay check --runtime=" + runtime;
  return result;
}

std::vector<Result> results_of(std::size_t runtimes) {
  std::vector<Result> results;
  for (const TraitId trait : {TraitId::kPreemption, TraitId::kUnsynchronizedRace}) {
    for (std::size_t i = 0; i < runtimes; ++i) {
      results.push_back(result_of("runtime_" + std::to_string(i), Model::kThread, trait,
                                  static_cast<VerdictKind>(i % 6)));
    }
  }
  return results;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Table, ShowsModelRuntimeClaimMarkAndFigure) {
  auto results = results_of(3);
  results[0].claim.word = "async I/O, high concurrency";
  results[0].observation.figure = "10,000 connections";
  const std::string text = table(results, {});
  const auto lines = lines_of(text);
  EXPECT_EQ(lines[0],
            "model                  thread                     thread                     thread");
  EXPECT_NE(text.find("+ async I/O, high          ~ yes                      X yes"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  concurrency                12 tries"), std::string::npos) << text;
  EXPECT_NE(text.find("  10,000 connections\n"), std::string::npos) << text;
}

TEST(Table, IsAtMost100ColumnsWideWithAnyNumberOfRuntimes) {
  for (const std::size_t count : {1U, 3U, 4U, 8U}) {
    auto results = results_of(count);
    results[0].claim.word = std::string(200, 'w');
    results[0].observation.figure = std::string(90, 'f');
    results[0].verdict.reason = std::string(300, 'r');
    results[0].verdict.kind = VerdictKind::kRefuted;
    results[0].observation.evidence.set("what", std::string(300, 'e'));
    const std::string text =
        table(results, {}) + remarks(results, {}) + details(results[0], {}) + tally_line(results);
    for (const std::string& line : lines_of(text)) EXPECT_LE(line.size(), kTableWidth) << line;
    const std::string last = "runtime_" + std::to_string(count - 1);
    EXPECT_NE(table(results, {}).find(last), std::string::npos);
  }
}

TEST(Table, PlainTextHasNoEscapesAndTheColouredOneSaysTheSame) {
  const auto results = results_of(6);
  const std::string plain = table(results, {});
  EXPECT_EQ(plain.find('\033'), std::string::npos);
  std::string coloured = table(results, {.colour = true});
  EXPECT_NE(coloured.find("\033[1;31m"), std::string::npos);
  for (std::size_t at = 0; (at = coloured.find('\033')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  const auto a = lines_of(plain);
  const auto b = lines_of(coloured);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(b[i].substr(0, a[i].size()), a[i]);
}

TEST(Table, MarksDifferWithoutColour) {
  std::string marks;
  for (int i = 0; i < 6; ++i) marks += mark(static_cast<VerdictKind>(i));
  std::sort(marks.begin(), marks.end());
  EXPECT_EQ(std::unique(marks.begin(), marks.end()), marks.end());
}

TEST(Table, AnInterruptedRunShowsWhatWasNotReached) {
  auto results = results_of(3);
  results.pop_back();
  EXPECT_NE(table(results, {}).find("(not reached)"), std::string::npos);
}

TEST(Remarks, NameEveryRefutedOrInconclusiveClaimWithItsCommand) {
  const auto results = results_of(4);
  const std::string text = remarks(results, {});
  EXPECT_NE(text.find("X thread.preemption (runtime_2): refuted\n    expected yes, observed no\n"
                      "    assay check --runtime=runtime_2\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("? thread.preemption (runtime_3): inconclusive"), std::string::npos) << text;
  EXPECT_EQ(text.find("runtime_0"), std::string::npos) << text;
  EXPECT_EQ(text.find("runtime_1"), std::string::npos) << text;
}

TEST(Details, ShowClaimObservationEvidenceAndCommand) {
  Result result = result_of("mine", Model::kThread, TraitId::kPreemption, VerdictKind::kUnrefuted);
  result.observation.allowed = {Preemption::kYes};
  result.observation.counterexample = "unit 0 | unit 1\nyield  | spin\n";
  result.observation.evidence.set("progress_ms", 1.25).set("samples", std::vector<double>(40, 2));
  const std::string text = details(result, {});
  for (const char* expected :
       {"unrefuted (12 tries)", "claim       Preemption: yes", "source      sched(7)",
        "allows      yes", "    unit 0 | unit 1\n", "progress_ms: 1.25", "(40 in all, see --json)",
        "again       assay check"}) {
    EXPECT_NE(text.find(expected), std::string::npos) << expected << " in\n" << text;
  }
}

TEST(Remarks, GiveALongCommandInLinesThatAShellTakesAsOne) {
  auto results = results_of(3);
  results[0].verdict.kind = VerdictKind::kRefuted;
  const std::string long_one = "assay check --runtime=coroutine_as_std_thread --trait=preemption";
  const std::string rest =
      " --seed=18446744073709551615 --quick --driver=\"python3 driver.py --fast\" --duration=99ms";
  results[0].command = long_one + rest;
  for (std::string text : {remarks(results, {}), details(results[0], {})}) {
    for (const std::string& line : lines_of(text)) EXPECT_LE(line.size(), kTableWidth) << line;
    const std::size_t start = text.find("assay check");
    ASSERT_NE(text.find(" \\\n", start), std::string::npos) << text;
    for (std::size_t at; (at = text.find(" \\\n", start)) != std::string::npos;) {
      const std::size_t flag = text.find("--", at);
      text.erase(at + 1, flag - at - 1);
    }
    EXPECT_EQ(text.substr(start, results[0].command.size()), results[0].command) << text;
  }
}

TEST(Tally, CountsAndDecidesTheExitStatus) {
  const auto only = [](VerdictKind kind) {
    return std::vector<Result>{result_of("r", Model::kThread, TraitId::kSleep, kind)};
  };
  EXPECT_EQ(tally_line(only(VerdictKind::kConfirmed)), "1 claim: 1 confirmed");
  EXPECT_EQ(Tally(only(VerdictKind::kUnrefuted)).exit_status(), 0);
  EXPECT_EQ(Tally(only(VerdictKind::kUntested)).exit_status(), 0);
  EXPECT_EQ(Tally(only(VerdictKind::kInconclusive)).exit_status(), 3);
  EXPECT_EQ(Tally(results_of(6)).exit_status(), 1);
}

TEST(Wrap, BreaksAtSpacesAndCutsLongWords) {
  EXPECT_EQ(wrap("a bc def", 4), (std::vector<std::string>{"a bc", "def"}));
  EXPECT_EQ(wrap("abcdefgh i", 3), (std::vector<std::string>{"abc", "def", "gh", "i"}));
  EXPECT_TRUE(wrap("", 3).empty());
}

}  // namespace
}  // namespace assay
