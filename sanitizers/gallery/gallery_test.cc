// Every defect is reported as its label says by the detector of this test, in every run, and every
// twin is silent. --test_filter='*/race_on_counter' chooses one defect.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

#include "sanitizers/gallery/judge.h"

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

TEST_P(Programs, AreReportedAsLabelledInEveryRun) {
  for (int i = 0; i < runs(); i++) {
    const ProgramRun run = run_under(gallery(), GetParam().name, /*twin=*/false, detector());
    const Judgement judgement = judge_defect(GetParam(), detector(), run);
    ASSERT_TRUE(judgement.complaint.empty()) << again() << judgement.complaint;
  }
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
