/// Holds what a detector reported against the label of the defect.
///
/// A report counts by its *lines*: for each of its places (the accesses of a race, the acquisitions
/// of a lock-order inversion, use and deletion, ...) the innermost line of the program's own
/// source. Naming the right file is not enough.
#pragma once

#include <string>
#include <vector>

#include "sanitizers/gallery/detector.h"
#include "sanitizers/gallery/label.h"
#include "sanitizers/gallery/run.h"
#include "sanitizers/reports/report.h"

namespace assay {

/// What a report says of a program, in the terms of a label.
struct GalleryFinding {
  ReportKind kind = ReportKind::kUnknown;
  Lines lines;
  std::string variable;  ///< Its name, or heap, stack, tls, descriptor; empty: not named.
};

/// `file` is the name of the source, without folders.
GalleryFinding finding_of(const Report& report, const std::string& file);

struct Judgement {
  bool found = false;  ///< A report was as the label says: kind, lines and variable.
  std::vector<GalleryFinding> findings;  ///< All reports.
  std::vector<Lines> true_lines;         ///< Distinct, those that the label has.
  std::vector<Lines> false_lines;        ///< Distinct, those that it does not have.
  /// What was not as expected, with the run's command and output; empty: all was.
  std::string complaint;
};

Judgement judge_defect(const Label& label, const GalleryDetector& detector, const ProgramRun& run);

/// A twin is right: any report is a false alarm, and it exits with 0.
Judgement judge_twin(const Label& label, const GalleryDetector& detector, const ProgramRun& run);

}  // namespace assay
