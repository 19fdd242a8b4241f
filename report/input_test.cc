#include "report/input.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "report/markdown.h"
#include "report/testing_schema.h"

namespace assay {
namespace {

constexpr const char* kFolder = "report/testdata/";

std::string text_of(const std::string& name) {
  std::ifstream file(kFolder + name);
  EXPECT_TRUE(file) << "expected " << kFolder << name << " among the data of the test";
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The line that refuses the text, or nothing.
std::string refusal(const std::string& text) {
  try {
    parse_report_file("folder/file.json", text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ReportInput, EveryStoredVersionOfEveryKindIsRead) {
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    // Named as in "mutants-0.json": the kind, and the version.
    const std::string name = entry.path().stem();
    const std::size_t dash = name.find('-');
    const ReportFile file = parse_report_file(entry.path(), text_of(entry.path().filename()));
    EXPECT_EQ(file.kind, name.substr(0, dash)) << name;
    EXPECT_EQ(std::to_string(file.version), name.substr(dash + 1)) << name;
    ++read;
  }
  EXPECT_GE(read, 8) << "expected a file of each kind and version in " << kFolder;
}

TEST(ReportInput, EveryStoredDocumentThatNamesItsSchemaHoldsToIt) {
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename();
    const Json json = Json::parse(text_of(name));
    if (!json.contains("schema")) continue;
    EXPECT_EQ(faults(json, schema_of(name)), "") << name;
  }
}

TEST(ReportInput, WhatIsNoDocumentIsRefusedInOneLineThatSaysWhatToDo) {
  const std::string good = text_of("results-1.json");
  struct Case {
    std::string text, says;
  };
  for (const Case& wrong : {
           Case{"", "it is empty"},
           {" \n", "it is empty"},
           {"hello", "it is no JSON from byte 1"},
           {good.substr(0, good.size() / 2), "cut short"},
           {"[]", "no object"},
           {"{}", "names no schema"},
           {R"({"schema": 7})", "names no schema"},
           {R"({"schema": "junit"})",
            "its schema 'junit' is unknown; expected one of assay-results"},
           {R"({"schema": "assay-results", "schema_version": 2})",
            "reads up to 1; use a newer one"},
           {R"({"schema": "assay-results", "schema_version": 1})", "/summary is missing"},
           {R"({"schema": "assay-results", "summary": {}, "results": [{}]})",
            "/results/0/runtime is missing"},
           {R"({"schema": "assay-results", "summary": {}, "results": 3})", "/results is missing"},
       }) {
    const std::string line = refusal(wrong.text);
    EXPECT_NE(line.find(wrong.says), std::string::npos) << wrong.text << "\ngave: " << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    EXPECT_NE(line.find("folder/file.json"), std::string::npos) << line;
  }
}

TEST(ReportInput, NoPartThatTheReportReadsMayBeMissing) {
  const Json whole = Json::parse(text_of("results-1.json"));
  for (const char* part : {"/results/0/claim/trait", "/results/0/verdict/kind",
                           "/results/0/observation/evidence", "/results/0/command"}) {
    Json broken = whole;
    broken[Json::json_pointer(part)] = true;
    EXPECT_NE(refusal(broken.dump()).find(part), std::string::npos) << part;
  }
}

TEST(ReportInput, TruncationAtEveryByteIsSaidAndNeverRead) {
  const std::string text = text_of("exploration-1.json");
  const std::size_t end = text.find_last_of('}');
  for (std::size_t length = 0; length <= end; length += 7) {
    EXPECT_NE(refusal(text.substr(0, length)), "") << length;
  }
}

TEST(ReportInput, ResultsComeInTheOrderOfTheTableOfTraits) {
  const ReportFile file = parse_report_file("a.json", text_of("results-1.json"));
  std::vector<std::string> traits;
  for (const Json& result : file.document["results"]) {
    if (result["runtime"] == "fork") traits.push_back(result["claim"]["trait"]);
  }
  ASSERT_GE(traits.size(), 4U);
  EXPECT_EQ(std::vector(traits.begin(), traits.begin() + 4),
            (std::vector<std::string>{"memory_space", "isolation", "scheduling", "switch_cost"}));
}

TEST(ReportInput, FilesOfOneNameKeepTheirFolders) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "other";
  std::filesystem::create_directories(folder);
  const std::string copy = folder / "results-1.json";
  std::ofstream(copy) << text_of("results-1.json");
  const auto files = read_report_files(
      {kFolder + std::string("results-1.json"), copy, kFolder + std::string("mutants-0.json")});
  EXPECT_EQ(files[1].name, copy);
  EXPECT_NE(files[0].name, files[1].name);
  EXPECT_EQ(files[2].name, "mutants-0.json");
  EXPECT_THROW(read_report_files({folder}), InputError);
  EXPECT_THROW(read_report_files({folder / "none.json"}), InputError);
}

TEST(ReportMarkdown, IsATableWithAMarkAndAFigureInEachCell) {
  const std::vector<ReportFile> files{
      parse_report_file("results-1.json", text_of("results-1.json"))};
  const std::string text = to_markdown(files);
  EXPECT_NE(text.find("| | fork | std_thread | coroutine |\n|---|---|---|---|\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("| Memory space | ~ separate: "), std::string::npos) << text;
}

TEST(ReportMarkdown, NamesVerdictsThatDifferAndWhatIsRefuted) {
  Json other = Json::parse(text_of("results-1.json"));
  other["results"][0]["verdict"]["kind"] = "refuted";
  other["results"][0]["verdict"]["reason"] = "a <b>write</b> | was\nseen";
  std::vector<ReportFile> files{parse_report_file("before.json", text_of("results-1.json")),
                                parse_report_file("after.json", other.dump())};
  const std::string text = to_markdown(files);
  EXPECT_NE(text.find("- process.memory_space (fork): unrefuted, then refuted"), std::string::npos)
      << text;
  EXPECT_NE(text.find("a &lt;b>write&lt;/b> \\| was seen"), std::string::npos) << text;
  files.pop_back();
  EXPECT_EQ(to_markdown(files).find("differ"), std::string::npos);
}

}  // namespace
}  // namespace assay
