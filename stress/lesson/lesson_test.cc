// Lessons: what is gathered, and what each part says when it cannot look.
#include "stress/lesson/lesson.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "report/testing_schema.h"
#include "stress/lesson/embedded.h"

namespace assay {
namespace {

LessonOptions brief() {
  LessonOptions options;
  options.duration = std::chrono::milliseconds(50);
  options.sanitized = 20;
  return options;
}

TEST(Lesson, OfADataRaceHoldsByAllThree) {
  const Lesson lesson = teach(*find_scenario("double_checked_locking"), brief());
  ASSERT_TRUE(lesson.holds()) << lesson_text(lesson);
  EXPECT_TRUE(lesson.complete()) << lesson_text(lesson);
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
  const Json json = Json::parse(lesson_json(lesson));
  EXPECT_EQ(faults(json, schema_of("race-1.json")), "");
  ASSERT_TRUE(json["holds"]) << lesson_text(lesson);
  EXPECT_EQ(json["defect"]["explored"]["smallest"]["steps"].size(), 4U);
  EXPECT_EQ(json["defect"]["real"]["samples"], lesson.defect.real.histogram.samples);
  EXPECT_EQ(json["defect"]["real"]["wrong"], lesson.defect.real.histogram.broken());
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
  ASSERT_TRUE(lesson.holds()) << lesson_text(lesson);
  Lesson wrong = lesson;
  wrong.twin.sanitized.verdict = Sanitized::Verdict::kReported;
  EXPECT_FALSE(wrong.holds());
  wrong = lesson;
  wrong.defect.explored.smallest.reset();
  EXPECT_FALSE(wrong.holds());
  EXPECT_NE(lesson_text(wrong).find("did not find the failed assertion"), std::string::npos)
      << lesson_text(wrong);
  lesson.twin.sanitized.verdict = Sanitized::Verdict::kUnavailable;
  EXPECT_TRUE(lesson.holds());
  EXPECT_FALSE(lesson.complete());
}

TEST(Lesson, DoesNotHoldWhenTheTwinIsWrongOnRealThreads) {
  const Lesson lesson = teach(*find_scenario("lost_update"), brief());
  ASSERT_TRUE(lesson.complete()) << lesson_text(lesson);
  Lesson wrong = lesson;
  wrong.twin.real.histogram.seen.push_back({"1", "no update is lost", 1});
  EXPECT_FALSE(wrong.holds());
  wrong = lesson;
  wrong.twin.real.histogram.stuck = 1;
  EXPECT_FALSE(wrong.holds());
  wrong.twin.sanitized.verdict = Sanitized::Verdict::kReported;
  EXPECT_NE(lesson_text(wrong).find("not silent on real threads, under ThreadSanitizer\n"),
            std::string::npos)
      << lesson_text(wrong);
}

// Nothing was seen there either, but nobody looked.
TEST(Lesson, IsNotCompleteWithoutSamples) {
  const Lesson lesson = teach(*find_scenario("lost_update"), brief());
  Lesson part = lesson;
  part.defect.real.histogram = {};
  EXPECT_TRUE(part.holds());
  EXPECT_FALSE(part.complete());
  EXPECT_NE(lesson_text(part).find("no batch ended"), std::string::npos) << lesson_text(part);
  part = lesson;
  part.twin.real.histogram.failure = "SIGSEGV";
  EXPECT_FALSE(part.complete());
  part = lesson;
  part.twin.real.histogram.others = 1;
  EXPECT_FALSE(part.complete());
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

/// Wrong in every run: unit 1 waits for what nobody does, or both require what is not so.
template <typename Env, bool kHangs>
struct Always {
  Shared<Env, int> never{"never"};
  Body<Env> body(UnitOf<Env> unit) {
    if (kHangs && unit.index() == 1) co_await never.until_equal(unit, 1);
    unit.require(kHangs, "what is never so");
  }
  void finish(Outcome& outcome) { outcome.record(never.value()); }
};
template <typename Env>
using Hangs = Always<Env, true>;
template <typename Env>
using Breaks = Always<Env, false>;
/// Nothing is wrong with it, in any run.
template <typename Env>
struct Nothing {
  Body<Env> body(UnitOf<Env> unit) { co_await unit.yield(); }
  void finish(Outcome& outcome) { outcome.record(0); }
};
const ScenarioRegistration kHangs = scenario<Hangs>({.name = "test_hangs",
                                                     .title = "a wait for nothing",
                                                     .defect = controlled::FailureKind::kDeadlock,
                                                     .twin = "test_nothing"});
const ScenarioRegistration kBreaks =
    scenario<Breaks>({.name = "test_breaks",
                      .title = "a wrong requirement",
                      .defect = controlled::FailureKind::kAssertion,
                      .twin = "test_nothing"});
const ScenarioRegistration kNothing =
    scenario<Nothing>({.name = "test_nothing", .title = "nothing is wrong"});

TEST(Lesson, CountsWhatGoesWrongOnRealThreads) {
  const Lesson lesson = teach(*find_scenario("test_breaks"), brief());
  const Histogram& real = lesson.defect.real.histogram;
  EXPECT_GT(real.samples, 0U);
  EXPECT_EQ(real.broken(), real.samples);
  EXPECT_EQ(real.stuck, 0U);
  EXPECT_NE(lesson_text(lesson).find("wrong: what is never so"), std::string::npos)
      << lesson_text(lesson);
  EXPECT_GT(lesson.twin.real.histogram.samples, 0U);
  EXPECT_TRUE(lesson.holds()) << lesson_text(lesson);
}

TEST(Lesson, CountsWhatDoesNotEndOnRealThreads) {
  const Lesson lesson = teach(*find_scenario("test_hangs"), brief());
  EXPECT_EQ(lesson.defect.real.histogram.samples, 0U);
  EXPECT_GE(lesson.defect.real.histogram.stuck, 1U);
  EXPECT_TRUE(lesson.defect.real.complete());
  const auto json = nlohmann::json::parse(lesson_json(lesson));
  EXPECT_EQ(json["defect"]["real"]["no_end"], lesson.defect.real.histogram.stuck);
  EXPECT_EQ(json["twin"]["real"]["no_end"], 0);
  EXPECT_NE(lesson_text(lesson).find("units did not end and were removed"), std::string::npos)
      << lesson_text(lesson);
  EXPECT_TRUE(lesson.holds()) << lesson_text(lesson);
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
