// Each suppression hides the false alarm that it is named after, and hides nothing else: with all
// of them at once, every data race that is labelled as seen is still reported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sanitizers/gallery/judge.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  return fs::path(std::getenv("TEST_SRCDIR")) / std::getenv("TEST_WORKSPACE") /
         "sanitizers/gallery";
}

Gallery gallery() { return {folder() / "programs", folder() / "programs"}; }

/// A file of suppressions is named LABEL.tsan or LABEL.valgrind.
std::string family(const GalleryDetector& detector) {
  if (detector.suppressions.empty()) return "none";
  return detector.suppressions.starts_with("--") ? "valgrind" : "tsan";
}

const GalleryDetector& detector(const std::string& name) { return *find_gallery_detector(name); }

std::vector<fs::path> files_of(const std::string& family) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder() / "suppressions")) {
    if (entry.path().extension() == "." + family) files.push_back(entry.path());
  }
  return files;
}

/// All suppressions of a family in one file.
fs::path all_of(const std::string& family) {
  const fs::path all = fs::path(std::getenv("TEST_TMPDIR")) / ("all." + family);
  std::ofstream output(all);
  for (const fs::path& file : files_of(family)) output << std::ifstream(file).rdbuf();
  return all;
}

Label label_of(const std::string& name) {
  for (Label& label : read_labels(gallery())) {
    if (label.name == name) return std::move(label);
  }
  throw std::invalid_argument("expected a program " + name +
                              ".cc for the suppression of that name");
}

TEST(Suppressions, HideTheFalseAlarmThatTheyAreNamedAfter) {
  for (const GalleryDetector& detector : gallery_detectors()) {
    for (const fs::path& file : files_of(family(detector))) {
      const Label label = label_of(file.stem());
      const ProgramRun run = run_under(gallery(), label.name, /*twin=*/false, detector, file);
      EXPECT_THAT(judge_defect(label, detector, run).findings, testing::IsEmpty())
          << "expected " << file << " to hide what it is named after, found a report:\n"
          << run.command << "\n"
          << run.output;
    }
  }
}

TEST(Suppressions, AreThereForEveryFalseAlarm) {
  for (const Label& label : read_labels(gallery())) {
    for (const auto& [name, sighting] : label.sightings) {
      if (!label.correct || !sighting.seen) continue;
      const fs::path file = folder() / "suppressions" / (label.name + "." + family(detector(name)));
      EXPECT_TRUE(fs::exists(file))
          << "expected a suppression of the false alarm, found no " << file;
    }
  }
}

class SuppressionsOf : public testing::TestWithParam<const char*> {};

TEST_P(SuppressionsOf, HideNoDataRace) {
  const GalleryDetector& detector = assay::detector(GetParam());
  const fs::path all = all_of(family(detector));
  int races = 0;
  for (const Label& label : read_labels(gallery())) {
    if (label.kind != "data-race" || !label.sightings.at(GetParam()).seen) continue;
    const ProgramRun run = run_under(gallery(), label.name, /*twin=*/false, detector, all);
    EXPECT_EQ(judge_defect(label, detector, run).complaint, "");
    races++;
  }
  EXPECT_GT(races, 20);
}

INSTANTIATE_TEST_SUITE_P(Detectors, SuppressionsOf, testing::Values("clang_tsan", "helgrind"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace assay
