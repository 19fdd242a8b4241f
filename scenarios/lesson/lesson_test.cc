// Lessons: what is gathered, and what each part says when it cannot look.
#include "scenarios/lesson/lesson.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "models/thread/std_thread.h"
#include "scenarios/lesson/embedded.h"

namespace assay {
namespace {

LessonOptions brief() {
  LessonOptions options;
  options.real.runs = 20;
  options.sanitized = 20;
  return options;
}

TEST(Lesson, OfADataRaceHoldsByAllThree) {
  const Lesson lesson = teach(*find_scenario("double_checked_locking"), brief());
  EXPECT_TRUE(lesson.holds());
  EXPECT_TRUE(lesson.complete()) << lesson.defect.sanitized.reason;
  ASSERT_EQ(lesson.defect.sanitized.verdict, Sanitized::Verdict::kReported);
  const auto& places = lesson.defect.sanitized.reports.front().places;
  ASSERT_EQ(places.size(), 2U);
  for (const Sanitized::Place& place : places)
    EXPECT_TRUE(place.file.ends_with("scenarios/double_checked_locking.cc")) << place.where;
  EXPECT_EQ(lesson.twin.sanitized.verdict, Sanitized::Verdict::kSilent);
}

TEST(Lesson, IsReportedOnTheSameScheduleEveryTime) {
  for (int i = 0; i < 3; ++i) {
    const Sanitized said = sanitize({"lost_update", 2, "sc", "ab2a", 0});
    EXPECT_EQ(said.verdict, Sanitized::Verdict::kReported) << said.reason;
  }
}

TEST(Lesson, HasJsonWithItsSchedule) {
  const Lesson lesson = teach(*find_scenario("lost_update"), brief());
  const auto json = nlohmann::json::parse(lesson_json(lesson));
  EXPECT_EQ(json["assay_race"], 1);
  EXPECT_TRUE(json["holds"]);
  EXPECT_EQ(json["defect"]["explored"]["smallest"]["steps"].size(), 4U);
  EXPECT_EQ(json["defect"]["real"]["runs"], 20);
  EXPECT_FALSE(json["defect"]["sanitized"]["reports"][0]["places"][0]["source"].empty());
  EXPECT_TRUE(json["twin"]["silent"]);
}

TEST(Lesson, IsRefusedWhereThereIsNoDefect) {
  EXPECT_THROW(teach(*find_scenario("store_buffering"), brief()), std::invalid_argument);
  EXPECT_THROW(teach(*find_scenario("lost_update_fixed"), brief()), std::invalid_argument);
}

// A twin that is not silent, and a defect that is not found, are not passed over.
TEST(Lesson, DoesNotHoldWhenTheTwinIsWrong) {
  Lesson lesson = teach(*find_scenario("lost_update"), brief());
  ASSERT_TRUE(lesson.holds());
  Lesson wrong = lesson;
  wrong.twin.real.wrong = 1;
  EXPECT_FALSE(wrong.holds());
  wrong = lesson;
  wrong.twin.sanitized.verdict = Sanitized::Verdict::kReported;
  EXPECT_FALSE(wrong.holds());
  wrong = lesson;
  wrong.defect.explored.smallest.reset();
  EXPECT_FALSE(wrong.holds());
  lesson.twin.sanitized.verdict = Sanitized::Verdict::kUnavailable;
  EXPECT_TRUE(lesson.holds());
  EXPECT_FALSE(lesson.complete());
}

TEST(Lesson, SaysWhyThreadSanitizerCouldNotLook) {
  const Sanitizing what{"lost_update", 2, "sc", "ab2a", 0};
  End end;
  end.kind = EndKind::kSignalled;
  end.code = 11;
  Sanitized said = judge_witness(what, end, "no more");
  EXPECT_EQ(said.verdict, Sanitized::Verdict::kUnavailable);
  EXPECT_NE(said.reason.find("no more"), std::string::npos) << said.reason;
  end.kind = EndKind::kExited;
  end.code = 66;
  said = judge_witness(what, end, "FATAL: unexpected memory mapping");
  EXPECT_NE(said.reason.find("vm.mmap_rnd_bits"), std::string::npos) << said.reason;
  said = judge_witness(what, end, "nothing of use");
  EXPECT_EQ(said.verdict, Sanitized::Verdict::kUnavailable);
}

/// Units that wait for each other in every run.
template <typename Env>
struct Stuck {
  Shared<Env, int> never{"never"};
  Body<Env> body(UnitOf<Env> unit) { co_await never.until_equal(unit, 1); }
  void finish(Outcome& outcome) { outcome.record(never.value()); }
};
const ScenarioRegistration kStuck = scenario<Stuck>({.name = "stuck_for_the_test", .title = ""});

TEST(RealSample, GivesUpWhatDoesNotEnd) {
  SampleLimits limits;
  limits.runs = 2;
  limits.bound = std::chrono::milliseconds(200);
  limits.time = std::chrono::seconds(60);
  const RealSample sample =
      sample_real(*find_scenario("stuck_for_the_test"), 2, std_thread(), limits);
  EXPECT_EQ(sample.runs, 2U);
  EXPECT_EQ(sample.hung, 2U);
  EXPECT_EQ(sample.wrong, 2U);
}

TEST(RealSample, CountsEveryRunOnce) {
  SampleLimits limits;
  limits.runs = 30;
  limits.time = std::chrono::seconds(60);
  const RealSample sample =
      sample_real(*find_scenario("lost_update_fixed"), 2, std_thread(), limits);
  EXPECT_EQ(sample.runs, 30U);
  ASSERT_EQ(sample.outcomes.size(), 1U);
  EXPECT_EQ(sample.outcomes.front().count, 30U);
  EXPECT_EQ(sample.outcomes.front().outcome.text(), "2");
  EXPECT_EQ(sample.wrong, 0U);
}

TEST(Embedded, HasTheProgramAndTheSources) {
  EXPECT_EQ(access(embedded_witness().c_str(), X_OK), 0);
  EXPECT_TRUE(embedded_source("/proc/self/cwd/scenarios/lost_update.cc")
                  .starts_with("#include \"scenarios/scenario.h\"\n"));
  EXPECT_TRUE(embedded_source("scenarios/lost_update.cc").ends_with("}  // namespace assay\n"));
  EXPECT_TRUE(embedded_source("scenarios/lost_update.c").empty());
  EXPECT_TRUE(embedded_source("").empty());
}

}  // namespace
}  // namespace assay
