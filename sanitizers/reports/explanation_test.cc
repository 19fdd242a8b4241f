#include "sanitizers/reports/explanation.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "sanitizers/reports/advice.h"
#include "sanitizers/reports/explainer.h"
#include "sanitizers/reports/explanation_text.h"
#include "sanitizers/reports/testing_reports.h"

namespace assay {
namespace {

using Json = nlohmann::json;

Explanation first_of(const std::string& run) {
  return explain(read_reports(recorded_run(run)).reports.at(0));
}

// All recorded reports, explained.
Explainer explained(bool group = false) {
  Explainer explainer({group, "prog --flag", ""});
  for (const RecordedRun& run : recorded_runs()) {
    ReportReader reader(explainer.sink());
    reader.feed(run.text);
    reader.finish();
  }
  return explainer;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(Explanation, SaysARaceInOneSentence) {
  EXPECT_EQ(first_of("race_global.clang_tsan").headline,
            "thread T2 writes `counter` while T1 writes it, and nothing orders the two");
  EXPECT_EQ(first_of("race_stack_atomic.clang_tsan").headline,
            "the main thread reads a variable on the stack of the main thread while T1 writes it, "
            "and nothing orders the two");
}

TEST(Explanation, NamesTheLocksThatAreNotCommon) {
  for (const char* run : {"race_heap_mutex.clang_tsan", "race_heap_mutex.plain.helgrind"}) {
    const Explanation explanation = first_of(run);
    EXPECT_NE(explanation.headline.find("no lock is common to both"), std::string::npos) << run;
    EXPECT_EQ(explanation.missing.at(0).find("no common lock: "), 0U) << run;
    EXPECT_EQ(explanation.gallery, "wrong_mutex") << run;
  }
}

TEST(Explanation, SaysWhoCreatedTheThreadsAndWhatTheMemoryIs) {
  const Explanation explanation = first_of("uaf_thread.clang_asan");
  EXPECT_EQ(explanation.headline,
            "T2 writes a heap block of 20 bytes (allocated at uaf_thread.cc:8) after it was freed");
  EXPECT_NE(
      joined(explanation.threads).find("T2 was created by the main thread at uaf_thread.cc:8"),
      std::string::npos);
  EXPECT_NE(joined(explanation.memory).find("freed at uaf_thread.cc:8"), std::string::npos);
}

TEST(Explanation, ShowsEveryEdgeOfALockCycle) {
  const Explanation explanation = first_of("lock_order3.gcc_tsan");
  ASSERT_EQ(explanation.places.size(), 3U);
  EXPECT_EQ(explanation.places[0].what, "T1 takes M10 while it holds M9");
  EXPECT_EQ(explanation.places[0].frame.line, 12U);
}

TEST(Explanation, HasAHeadlineAPlaceAndAFixForEveryRecordedReport) {
  const Explainer explainer = explained();
  for (const ExplainedReport& item : explainer.reports()) {
    const std::string which = item.explanation.reproduce + ": " + item.report.text;
    EXPECT_FALSE(item.explanation.headline.empty()) << which;
    EXPECT_FALSE(item.explanation.places.empty()) << which;
    EXPECT_FALSE(item.explanation.fixes.empty()) << which;
  }
}

TEST(ExplanationText, KeepsWithinTheWidthAndShowsTheSource) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "source";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "race_global.cc") << std::string(11, '\n') << "void write_it() {}\n";
  SourceReader sources({folder.string()});
  const Report report = read_reports(recorded_run("race_global.clang_tsan")).reports.at(0);
  const std::string text = explanation_text(report, explain(report), 1, 3, sources, {});
  EXPECT_NE(text.find(">   12  void write_it() {}"), std::string::npos) << text;
  EXPECT_NE(text.find("seen 3 times"), std::string::npos) << text;
  EXPECT_NE(text.find("of the libraries"), std::string::npos) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  const std::string all = explanation_text(report, explain(report), 1, 1, sources, {false, true});
  EXPECT_EQ(all.find("of the libraries"), std::string::npos) << all;
  EXPECT_NE(all.find("std::thread::_State_impl"), std::string::npos) << all;
}

TEST(ExplanationText, SaysWhenTheSourceIsNotThere) {
  SourceReader sources({"/nonexistent"});
  const Report report = read_reports(recorded_run("race_global.clang_tsan")).reports.at(0);
  const std::string text = explanation_text(report, explain(report), 1, 1, sources, {});
  EXPECT_NE(text.find("the source file is not here"), std::string::npos) << text;
}

TEST(Grouping, MergesReportsOfTheSamePairOfPlaces) {
  const std::string text = recorded_run("race_heap_mutex.clang_tsan");
  Explainer explainer({true, "", ""});
  ReportReader reader(explainer.sink());
  for (int i = 0; i < 5; ++i) reader.feed(text);
  reader.feed(recorded_run("race_global.clang_tsan"));
  reader.finish();
  ASSERT_EQ(explainer.reports().size(), 2U);
  EXPECT_EQ(explainer.reports()[0].times, 5U);
  EXPECT_EQ(explainer.reports()[1].times, 1U);
  EXPECT_EQ(explainer.read(), 6U);
}

TEST(ExplanationJson, HasWhatItsSchemaRequires) {
  const Explainer explainer = explained();
  const Json json = Json::parse(explanation_json(explainer.reports(), explainer.problems()));
  std::ifstream file("sanitizers/reports/explanation.schema.json");
  const Json schema = Json::parse(file);
  ASSERT_EQ(json.at("reports").size(), explainer.reports().size());
  EXPECT_EQ(json.at("schema_version"), schema.at("properties").at("schema_version").at("const"));
  const Json& item = schema.at("definitions").at("report");
  for (const Json& report : json.at("reports")) {
    for (const Json& name : item.at("required")) EXPECT_TRUE(report.contains(name)) << name;
    for (const auto& [name, value] : report.items()) {
      EXPECT_TRUE(item.at("properties").contains(name)) << name << " is not documented";
    }
  }
}

// What code hosts ask of a SARIF file: GitHub, "SARIF support for code scanning", and OASIS SARIF
// 2.1.0, sections 3.13 (sarifLog), 3.14 (run), 3.27 (result), 3.49 (reportingDescriptor).
TEST(ExplanationSarif, HasTheStructureThatCodeHostsRequire) {
  const Explainer explainer = explained();
  const Json sarif = Json::parse(explanation_sarif(explainer.reports()));
  EXPECT_EQ(sarif.at("version"), "2.1.0");
  ASSERT_EQ(sarif.at("runs").size(), 1U);
  const Json& run = sarif.at("runs")[0];
  std::set<std::string> rules;
  for (const Json& rule : run.at("tool").at("driver").at("rules")) {
    EXPECT_TRUE(rules.insert(rule.at("id")).second) << rule.at("id") << " stands twice";
    EXPECT_FALSE(rule.at("shortDescription").at("text").get<std::string>().empty());
    EXPECT_FALSE(rule.at("help").at("text").get<std::string>().empty());
  }
  ASSERT_EQ(run.at("results").size(), explainer.reports().size());
  for (const Json& result : run.at("results")) {
    EXPECT_TRUE(rules.contains(result.at("ruleId")));
    EXPECT_FALSE(result.at("message").at("text").get<std::string>().empty());
    EXPECT_TRUE(result.at("partialFingerprints").is_object());
    EXPECT_LE(result.at("locations").size(), 1U);
    for (const Json& location : result.at("locations")) {
      const Json& physical = location.at("physicalLocation");
      EXPECT_FALSE(physical.at("artifactLocation").at("uri").get<std::string>().empty());
      EXPECT_GE(physical.at("region").at("startLine").get<int>(), 1);
    }
  }
}

TEST(ExplanationSarif, PathsBelowTheRootAreRelativeAndEncoded) {
  Report report;
  report.kind = ReportKind::kDataRace;
  Access access;
  access.stack.push_back({"f", "/repo/a dir/b.cc", 3, 0, "", 0, 0});
  report.accesses = {access, access};
  Explainer explainer({false, "", "/repo"});
  explainer.sink().report(report);
  const std::string sarif = explanation_sarif(explainer.reports());
  EXPECT_NE(sarif.find("\"uri\": \"a%20dir/b.cc\""), std::string::npos) << sarif;
}

}  // namespace
}  // namespace assay
