// A defect of each kind, built in each variant, is reported by the variant that is for it and by no
// other: the sanitizers are on where they should be, and off elsewhere.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>

#include "sanitizers/gallery/judge.h"
#include "sanitizers/reports/reader.h"

namespace assay {
namespace {

struct Defect {
  const char* label;
  const char* sanitizers;  ///< Those that report it; no other does.
};

constexpr Defect kDefects[] = {
    {"leak", "asan"},
    {"mismatched_delete", "asan"},
    {"race_on_counter", "tsan"},
    {"signed_overflow", "asan"},
    {"use_after_free", "asan tsan"},
};

constexpr const char* kVariants[] = {"plain", "tsan", "asan", "gcc", "gcc_tsan", "gcc_asan"};

void PrintTo(const Defect& defect, std::ostream* out) { *out << defect.label; }

Gallery gallery() {
  const std::string folder = std::string(std::getenv("TEST_SRCDIR")) + "/" +
                             std::getenv("TEST_WORKSPACE") + "/sanitizers/gallery/programs";
  return {folder, folder};
}

/// The detector of the gallery that is run like the variant; `gcc_asan` is run like `asan`.
const GalleryDetector& runner_of(std::string_view variant) {
  return *find_gallery_detector(variant.ends_with("tsan") ? "clang_tsan" : "asan");
}

class Defects : public testing::TestWithParam<std::tuple<Defect, const char*>> {};

TEST_P(Defects, AreReportedByTheirSanitizerAlone) {
  const auto& [defect, variant] = GetParam();
  const std::string_view sanitizer =
      std::string_view(variant).substr(std::string_view(variant).rfind('_') + 1);
  const bool is_reported =
      std::string_view(defect.sanitizers).find(sanitizer) != std::string_view::npos;
  GalleryDetector runner = runner_of(variant);
  runner.variant = variant;
  const ProgramRun run = run_under(gallery(), defect.label, /*twin=*/false, runner);
  EXPECT_EQ(!read_reports(run.output).reports.empty(), is_reported) << run.command << "\n"
                                                                    << run.output;
  EXPECT_EQ(run.exit_status != 0, is_reported) << run.command;
}

INSTANTIATE_TEST_SUITE_P(
    Variants, Defects, testing::Combine(testing::ValuesIn(kDefects), testing::ValuesIn(kVariants)),
    [](const auto& info) {
      return std::string(std::get<0>(info.param).label) + "_in_" + std::get<1>(info.param);
    });

}  // namespace
}  // namespace assay
