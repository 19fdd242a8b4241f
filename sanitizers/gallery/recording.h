/// Keeps what detectors print about the programs of the gallery: one output of each shape.
///
/// sanitizers/reports/testdata/gallery/ was made by `assay gallery --record`: the tests of the
/// reader begin with it, and the tests of the detectors hold what they print today against it.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "sanitizers/gallery/detector.h"
#include "sanitizers/gallery/run.h"
#include "sanitizers/reports/report.h"

namespace assay {

/// What a report consists of, without names, numbers and places: detector, kind, accesses with
/// their kinds, what the address belongs to, lock cycle, leaks.
std::string shape_of(const Report& report);

/// The shapes of all reports in the files (*.txt) of a folder.
std::set<std::string> shapes_in(const std::filesystem::path& folder);

class Recording {
 public:
  /// Makes the folder. Throws std::system_error if it cannot.
  Recording(std::filesystem::path folder, const Gallery& gallery);

  /// Writes LABEL.DETECTOR.txt if a report in it has a shape that none before had. Where the
  /// programs are on this machine is left out of the text.
  void add(const std::string& label, const GalleryDetector& detector, const ProgramRun& run);

 private:
  std::filesystem::path folder_;
  std::string programs_;
  std::set<std::string> shapes_;
};

}  // namespace assay
