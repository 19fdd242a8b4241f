// The counting of a survey, on rows that are written here.
#include "sanitizers/gallery/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/testing_schema.h"
#include "sanitizers/gallery/survey_text.h"

namespace assay {
namespace {

const GalleryDetector& tsan() { return *find_gallery_detector("clang_tsan"); }

SurveyCell cell(int found, int alarms, std::vector<Lines> true_lines,
                std::vector<Lines> false_lines) {
  SurveyCell cell;
  cell.runs = 10;
  cell.found = found;
  cell.alarms = alarms;
  cell.true_lines = std::move(true_lines);
  cell.false_lines = std::move(false_lines);
  cell.slow_down = {4, 4, 4};
  cell.memory = {2, 2, 2};
  return cell;
}

SurveyRow row(const std::string& name, bool seen, bool correct, const SurveyCell& defect,
              const SurveyCell& twin) {
  SurveyRow row;
  row.label.name = name;
  row.label.correct = correct;
  Sighting sighting;
  sighting.seen = seen;
  sighting.reason = seen ? "" : "it looks elsewhere";
  row.label.sightings.emplace("clang_tsan", sighting);
  row.defect.emplace("clang_tsan", defect);
  row.twin.emplace("clang_tsan", twin);
  return row;
}

/// One found in all runs, one missed, one correct program with a false alarm; one twin with an
/// alarm.
Survey three_rows() {
  Survey survey{.runs = 10, .detectors = {&tsan()}, .rows = {}};
  survey.rows.push_back(
      row("found", true, false, cell(10, 0, {{1, 2}}, {}), cell(0, 1, {}, {{7}})));
  survey.rows.push_back(row("unseen", false, false, cell(0, 0, {}, {}), cell(0, 0, {}, {})));
  survey.rows.push_back(row("right", true, true, cell(0, 10, {{3, 4}}, {}), cell(0, 0, {}, {})));
  return survey;
}

TEST(GalleryDetectors, SayWhatTheyLack) {
  GalleryDetector detector = tsan();
  EXPECT_EQ(what_it_lacks(detector), "");
  detector.needs = {"/usr/bin/env", "/nowhere/valgrind"};
  EXPECT_EQ(what_it_lacks(detector),
            "clang_tsan needs /nowhere/valgrind: No such file or directory");
  for (const GalleryDetector& each : gallery_detectors()) EXPECT_FALSE(each.needs.empty());
}

TEST(Survey, CountsPrecisionAndRecallByLines) {
  const DetectorSummary summary = summary_of(three_rows(), tsan());
  EXPECT_EQ(summary.labelled, 2);
  EXPECT_EQ(summary.found, 1);
  EXPECT_DOUBLE_EQ(summary.recall(), 0.5);
  EXPECT_EQ(summary.true_reports, 1);
  EXPECT_EQ(summary.false_reports, 2) << "a twin's, and a correct program's";
  EXPECT_DOUBLE_EQ(summary.precision(), 1.0 / 3);
  EXPECT_EQ(summary.twins_with_alarm, 1);
  EXPECT_DOUBLE_EQ(summary.slow_down.value, 4);
  EXPECT_DOUBLE_EQ(summary.memory.value, 2);
}

TEST(Survey, SaysHowManyRunsShowADefectWithCertainty) {
  EXPECT_EQ(runs_for_certainty(1), 1);
  EXPECT_EQ(runs_for_certainty(0.5), 7) << "0.5 to the 7th is below 1 %, to the 6th it is not";
  EXPECT_EQ(runs_for_certainty(0.99), 1);
  EXPECT_EQ(runs_for_certainty(0), std::nullopt);
}

TEST(Survey, NeverCallsSafeWhatWasNotFound) {
  const std::string text = to_text(three_rows());
  EXPECT_THAT(text, testing::HasSubstr("0 of 10: at most 27.8 %. An upper bound, never \"safe\""));
  EXPECT_THAT(text, testing::HasSubstr("10 of 10: 72.2 to 100.0 %"));
  EXPECT_THAT(text, testing::HasSubstr("it looks elsewhere\n      unseen"));
}

TEST(Survey, SaysWhatFindsADefectThatEveryDetectorMisses) {
  Survey survey = three_rows();
  SurveyRow& row = survey.rows[1];
  row.label.scenario = "lost_update";
  row.label.found_by_outcome = true;
  row.label.shows = "an addition was lost";
  row.plain_runs = 10;
  row.shown = 9;
  EXPECT_THAT(to_text(survey),
              testing::HasSubstr("found by\n  unseen\n      assay explore lost_update\n      its "
                                 "outcome: \"an addition was lost\" in 9 of 10 plain runs\n"));
  EXPECT_EQ(to_json(survey)["defects"][1]["shown"], 9);
}

TEST(Survey, MarksAndShowsWhatIsNotAsLabelled) {
  Survey survey = three_rows();
  EXPECT_TRUE(is_as_labelled(survey));
  SurveyCell& cell = survey.rows.front().defect.at("clang_tsan");
  cell.surprises = 3;
  cell.first_surprise = "what was found";
  EXPECT_FALSE(is_as_labelled(survey));
  EXPECT_THAT(to_text(survey), testing::HasSubstr("in 3 of 10 runs; the first:\nwhat was found"));
  EXPECT_THAT(to_text(survey), testing::HasSubstr("10/10 !"));
}

TEST(Survey, IsJsonWithEveryCell) {
  const Json json = to_json(three_rows());
  EXPECT_EQ(faults(json, schema_of("gallery-1.json")), "");
  EXPECT_TRUE(json.contains("host") && json.contains("build")) << json;
  EXPECT_EQ(json["runs"], 10);
  const Json& found = json["defects"][0]["detectors"]["clang_tsan"];
  EXPECT_EQ(found["found"], 10);
  EXPECT_EQ(found["runs_for_99_percent"], 1);
  EXPECT_EQ(found["twin_alarms"], 1);
  EXPECT_EQ(json["defects"][1]["detectors"]["clang_tsan"]["runs_for_99_percent"], nullptr);
  EXPECT_EQ(json["defects"][1]["detectors"]["clang_tsan"]["reason"], "it looks elsewhere");
}

}  // namespace
}  // namespace assay
