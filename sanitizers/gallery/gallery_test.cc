// Every defect is reported as its label says by the detector of this test, in every run, and every
// twin is silent; what was printed is read cut off at every byte and changed at random, and is
// explained. --test_filter='*/race_on_counter' chooses one defect.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "sanitizers/gallery/judge.h"
#include "sanitizers/gallery/recording.h"
#include "sanitizers/reports/damage.h"
#include "sanitizers/reports/explanation.h"
#include "sanitizers/reports/reader.h"

namespace assay {

void PrintTo(const Label& label, std::ostream* out) { *out << label.name; }

namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Gallery gallery() {
  const std::string folder = environment("TEST_SRCDIR") + "/" + environment("TEST_WORKSPACE") +
                             "/sanitizers/gallery/programs";
  return {folder, folder};
}

const GalleryDetector& detector() {
  const GalleryDetector* const found = find_gallery_detector(environment("ASSAY_DETECTOR"));
  if (found == nullptr) throw std::invalid_argument("expected ASSAY_DETECTOR to name a detector");
  return *found;
}

int runs() { return std::stoi(environment("ASSAY_RUNS")); }

class Programs : public testing::TestWithParam<Label> {
 protected:
  static std::string again() {
    return "again:    bazel test //sanitizers/gallery:" + std::string(detector().name) +
           "_test --test_filter='*/" + GetParam().name + "'\n";
  }
};

constexpr std::uint64_t kChanges = 20;

/// Of what a detector printed no report is lost, whatever happens to the text.
void expect_to_be_read(const std::string& name, const std::string& output) {
  EXPECT_EQ(lost_when_cut_off(name, output, /*step=*/1), "");
  for (std::uint64_t seed = 1; seed <= kChanges; seed++) {
    EXPECT_EQ(lost_when_changed(name, output, output, seed), "");
  }
}

/// Each report is explained, and where it names a line of the program it resembles that program.
void expect_to_be_explained(const Label& label, const std::vector<Report>& reports) {
  for (const Report& report : reports) {
    const Explanation explanation = explain(report);
    EXPECT_FALSE(explanation.headline.empty()) << report.text;
    EXPECT_FALSE(explanation.fixes.empty()) << report.text;
    EXPECT_FALSE(explanation.places.empty()) << report.text;
    EXPECT_FALSE(explanation.reproduce.empty()) << report.text;
    if (finding_of(report, label.name + ".cc").lines.empty()) continue;
    EXPECT_EQ(explanation.gallery, label.name) << explanation.headline;
  }
}

/// One of the reports has a shape that sanitizers/reports/testdata/gallery has.
void expect_to_be_recorded(const std::vector<Report>& reports) {
  static const std::set<std::string> kRecorded = shapes_in("sanitizers/reports/testdata/gallery");
  std::string shapes;
  for (const Report& report : reports) {
    if (kRecorded.contains(shape_of(report))) return;
    shapes += shape_of(report) + "\n";
  }
  ADD_FAILURE() << "expected a report of a shape that was recorded, found\n"
                << shapes
                << "ci/assay gallery --record=sanitizers/reports/testdata/gallery records anew";
}

TEST_P(Programs, AreReportedAsLabelledInEveryRun) {
  std::string output;
  for (int i = 0; i < runs(); i++) {
    const ProgramRun run = run_under(gallery(), GetParam().name, /*twin=*/false, detector());
    const Judgement judgement = judge_defect(GetParam(), detector(), run);
    ASSERT_TRUE(judgement.complaint.empty()) << again() << judgement.complaint;
    output = run.output;
  }
  SCOPED_TRACE(again());
  const std::vector<Report> reports = read_reports(output).reports;
  expect_to_be_read(GetParam().name, output);
  expect_to_be_explained(GetParam(), reports);
  if (!reports.empty()) expect_to_be_recorded(reports);
}

TEST_P(Programs, HaveATwinThatIsSilentInEveryRun) {
  for (int i = 0; i < runs(); i++) {
    const ProgramRun run = run_under(gallery(), GetParam().name, /*twin=*/true, detector());
    const Judgement judgement = judge_twin(GetParam(), detector(), run);
    ASSERT_TRUE(judgement.complaint.empty()) << again() << judgement.complaint;
  }
}

INSTANTIATE_TEST_SUITE_P(Gallery, Programs, testing::ValuesIn(read_labels(gallery())),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace assay
