// The judge, on reports that are written here.
#include "sanitizers/gallery/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr const char* kSource = R"(// A race.
//
// kind: data-race
// variable: g_counter
// also: other
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because it asks something else
int main() {
  a++;  // <- first access
  b++;  // <- second access
  c++;  // <- other
}
)";

/// A report of ThreadSanitizer about two lines of race.cc.
ProgramRun report_of(int line, int previous_line, const std::string& kind = "data race",
                     const std::string& variable = "g_counter") {
  ProgramRun run;
  run.command = "the command";
  run.output = "==================\nWARNING: ThreadSanitizer: " + kind +
               " (pid=7)\n"
               "  Write of size 4 at 0x000000000010 by thread T2:\n"
               "    #0 add(int) /usr/include/c++/12/thread:1 (race+0x1)\n"
               "    #1 second() dir/race.cc:" +
               std::to_string(line) +
               ":3 (race+0x2)\n\n"
               "  Previous write of size 4 at 0x000000000010 by thread T1:\n"
               "    #0 first() dir/race.cc:" +
               std::to_string(previous_line) +
               ":3 (race+0x3)\n\n"
               "  Location is global '(anonymous namespace)::" +
               variable +
               "' of size 4 at 0x000000000010 (race+0x10)\n\n"
               "SUMMARY: ThreadSanitizer: " +
               kind + " dir/race.cc:" + std::to_string(line) +
               ":3 in second()\n==================\n";
  run.exit_status = 66;
  return run;
}

Label label() { return parse_label("race", kSource); }

const GalleryDetector& tsan() { return *find_gallery_detector("clang_tsan"); }

TEST(Judge, FindsADefectByKindLinesAndVariable) {
  const Judgement judgement = judge_defect(label(), tsan(), report_of(10, 9));
  EXPECT_TRUE(judgement.found) << judgement.complaint;
  EXPECT_EQ(judgement.complaint, "");
  EXPECT_THAT(judgement.true_lines, testing::ElementsAre(Lines{9, 10}));
}

TEST(Judge, TakesAReportOfTheRightFileAndAWrongLineForAFalseOne) {
  const Judgement judgement = judge_defect(label(), tsan(), report_of(10, 8));
  EXPECT_FALSE(judgement.found);
  EXPECT_THAT(judgement.false_lines, testing::ElementsAre(Lines{8, 10}));
  EXPECT_THAT(judgement.complaint, testing::HasSubstr("expected: data-race at lines 9, 10"));
  EXPECT_THAT(judgement.complaint, testing::HasSubstr("found:    data-race at lines 8, 10"));
  EXPECT_THAT(judgement.complaint, testing::HasSubstr("command:  the command"));
}

TEST(Judge, TakesAnotherKindOrVariableForAMiss) {
  EXPECT_FALSE(judge_defect(label(), tsan(), report_of(10, 9, "heap-use-after-free")).found);
  EXPECT_FALSE(judge_defect(label(), tsan(), report_of(10, 9, "data race", "g_other")).found);
}

TEST(Judge, CountsAnotherPlaceOfTheDefectAsTrueAndNotAsTheDefect) {
  const Judgement judgement = judge_defect(label(), tsan(), report_of(11, 11));
  EXPECT_FALSE(judgement.found);
  EXPECT_THAT(judgement.false_lines, testing::IsEmpty());
}

TEST(Judge, ComplainsOfSilenceWhereAReportIsExpectedAndOfAReportWhereSilenceIs) {
  EXPECT_THAT(judge_defect(label(), tsan(), ProgramRun{}).complaint,
              testing::HasSubstr("found:    no report"));
  const GalleryDetector& asan = *find_gallery_detector("asan");
  EXPECT_EQ(judge_defect(label(), asan, ProgramRun{}).complaint, "");
  EXPECT_THAT(judge_defect(label(), asan, report_of(10, 9)).complaint,
              testing::HasSubstr("expected: no report, because it asks something else"));
}

TEST(Judge, ExpectsADetectorToFailThatIsLabelledAsStopped) {
  std::string source = kSource;
  source.replace(source.find("missed by"), 9, "stopped by");
  const GalleryDetector& asan = *find_gallery_detector("asan");
  ProgramRun failed;
  failed.exit_status = 1;
  EXPECT_EQ(judge_defect(parse_label("race", source), asan, failed).complaint, "");
  EXPECT_THAT(judge_defect(parse_label("race", source), asan, ProgramRun{}).complaint,
              testing::HasSubstr("the detector did not fail"));
}

TEST(Judge, ComplainsOfATwinThatIsReportedOrFails) {
  EXPECT_EQ(judge_twin(label(), tsan(), ProgramRun{}).complaint, "");
  EXPECT_THAT(judge_twin(label(), tsan(), report_of(10, 9)).complaint,
              testing::HasSubstr("the fixed twin"));
  ProgramRun failed;
  failed.exit_status = 1;
  EXPECT_THAT(judge_twin(label(), tsan(), failed).complaint, testing::HasSubstr("exit status 1"));
  ProgramRun endless;
  endless.gave_up = true;
  EXPECT_THAT(judge_twin(label(), tsan(), endless).complaint, testing::HasSubstr("did not end"));
}

}  // namespace
}  // namespace assay
