#include "sanitizers/gallery/label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr const char* kSource = R"(// Two threads
// add one.
//
// kind: data-race
// variable: g_counter
// seen by: clang_tsan, gcc_tsan
// seen by: helgrind as data-race|double-lock at second access of nothing
// missed by: asan, drd because they ask
//   something else
int main() {
  a++;  // <- first access
  b++;  // <- second access
}
)";

std::string without(std::string text, const std::string& part) {
  text.erase(text.find(part), part.size());
  return text;
}

/// The words of the LabelError, or "" if there is none.
std::string refusal(const std::string& source) {
  try {
    parse_label("race", source);
  } catch (const LabelError& error) {
    return error.what();
  }
  return "";
}

TEST(Label, HasDescriptionKindAndTheLinesOfItsPlaces) {
  const Label label = parse_label("race", kSource);
  EXPECT_EQ(label.name, "race");
  EXPECT_EQ(label.description, "Two threads add one.");
  EXPECT_EQ(label.kind, "data-race");
  EXPECT_FALSE(label.correct);
  EXPECT_EQ(label.lines, (Lines{11, 12}));
}

TEST(Label, GivesADetectorThePlacesOfTheLabelUnlessItHasItsOwn) {
  const Label label = parse_label("race", kSource);
  const Sighting& tsan = label.sightings.at("gcc_tsan");
  EXPECT_TRUE(tsan.seen);
  EXPECT_EQ(tsan.lines, (Lines{11, 12}));
  EXPECT_EQ(tsan.variable, "g_counter");
  EXPECT_THAT(tsan.kinds, testing::ElementsAre(ReportKind::kDataRace));
  const Sighting& helgrind = label.sightings.at("helgrind");
  EXPECT_EQ(helgrind.lines, (Lines{12}));
  EXPECT_EQ(helgrind.variable, "");
  EXPECT_THAT(helgrind.kinds, testing::ElementsAre(ReportKind::kDataRace, ReportKind::kDoubleLock));
}

TEST(Label, SaysWhyADetectorMissesTheDefect) {
  const Sighting drd = parse_label("race", kSource).sightings.at("drd");
  EXPECT_FALSE(drd.seen);
  EXPECT_EQ(drd.reason, "they ask something else");
}

TEST(Label, NamesEveryDetectorOnce) {
  EXPECT_EQ(
      refusal(without(kSource, ", gcc_tsan")),
      "race.cc: expected every detector to see it or to miss it, found nothing about gcc_tsan");
  EXPECT_EQ(refusal(without(kSource, "gcc_tsan") + ""),
            "race.cc: expected the name of a detector, found ''");
}

TEST(Label, IsRefusedWithoutAMarkerAKindOrAReason) {
  EXPECT_EQ(refusal(without(kSource, "  // <- first access")),
            "race.cc: expected a line marked '// <- first access', found none");
  EXPECT_EQ(refusal(without(kSource, "// kind: data-race\n")),
            "race.cc: expected a line '// kind: ...', found none");
  EXPECT_THAT(refusal(without(kSource, " because they ask\n//   something else")),
              testing::HasSubstr("expected 'because' and a reason"));
  EXPECT_THAT(refusal(without(kSource, "|double-lock").replace(0, 2, "//")), "");
}

TEST(Label, IsRefusedWithAKindThatNoDetectorReports) {
  std::string source = kSource;
  source.replace(source.find("double-lock"), 11, "doublelock");
  EXPECT_THAT(refusal(source), testing::HasSubstr("found 'doublelock'"));
}

constexpr const char* kMissed = R"(// Each addition is atomic, the sum is not.
//
// kind: race-condition
// places: read
// shows: an addition was lost
// missed by: clang_tsan, gcc_tsan, helgrind, drd, asan because every access is atomic
// found by: explorer as lost_update, outcome
int main() {
  a++;  // <- read
}
)";

TEST(Label, NamesWhatFindsADefectThatEveryDetectorMisses) {
  const Label label = parse_label("race", kMissed);
  EXPECT_EQ(label.scenario, "lost_update");
  EXPECT_TRUE(label.found_by_outcome);
  EXPECT_THAT(refusal(without(kMissed, "// found by: explorer as lost_update, outcome\n")),
              testing::HasSubstr("expected a line '// found by: ...'"));
  EXPECT_THAT(refusal(without(kMissed, "// shows: an addition was lost\n")),
              testing::HasSubstr("expected a line '// shows: ...'"));
}

}  // namespace
}  // namespace assay
