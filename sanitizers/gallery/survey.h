/// How often each detector finds each defect, what it costs, and what it says of programs that are
/// right.
///
/// A rate comes with its interval, and with the number of runs that show the defect with 99 %
/// certainty. Never found in n runs is an upper bound of the rate, not safety.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "properties/statistics.h"
#include "sanitizers/gallery/judge.h"

namespace assay {

/// One defect, or its twin, under one detector.
struct SurveyCell {
  int runs = 0;
  int found = 0;      ///< Runs with the report that the label says.
  int alarms = 0;     ///< Runs of the twin, or of a correct program, with any report.
  int surprises = 0;  ///< Runs that were not as the label says.
  std::string first_surprise;
  std::vector<Lines> true_lines;  ///< Distinct, over all runs.
  std::vector<Lines> false_lines;
  std::vector<double>
      slow_down;               ///< Each run's processor time over that of the plain run beside it.
  std::vector<double> memory;  ///< The same for the most resident memory.
};

struct SurveyRow {
  Label label;
  std::map<std::string, SurveyCell, std::less<>> defect;  ///< By the name of the detector.
  std::map<std::string, SurveyCell, std::less<>> twin;
  int plain_runs = 0;  ///< Of the defect, without a detector.
  int shown = 0;       ///< Of them, those that printed what the label says they show.
};

struct Survey {
  int runs = 0;
  std::vector<const GalleryDetector*> detectors;
  std::vector<SurveyRow> rows;
};

/// Of a detector, over all programs of a survey, counted by lines and not by files.
struct DetectorSummary {
  int labelled = 0;       ///< Defects with places.
  int found = 0;          ///< Of them, in at least one run.
  int true_reports = 0;   ///< Distinct lines that were reported and are labelled.
  int false_reports = 0;  ///< Distinct lines that were reported and are not, twins included.
  int twins = 0;
  int twins_with_alarm = 0;
  Estimate slow_down;  ///< Median, with its interval.
  Estimate memory;
  [[nodiscard]] double precision() const;  ///< 1 when nothing was reported.
  [[nodiscard]] double recall() const;
};

/// Whom a survey tells what it does.
struct SurveyListener {
  std::function<void(const Label&)> begins = [](const Label&) {};  ///< Before each row.
  /// After each run of a defect.
  std::function<void(const Label&, const GalleryDetector&, const ProgramRun&)> ran =
      [](const Label&, const GalleryDetector&, const ProgramRun&) {};
  /// Asked after each round of runs of a row; once it says no, the round does not count, and the
  /// survey ends with what it has.
  std::function<bool()> goes_on = [] { return true; };
};

/// Runs each defect and each twin `runs` times under each detector, the plain program beside each
/// run. One round is a run under each. Throws what run_under throws.
Survey survey(const Gallery& gallery, const std::vector<Label>& labels,
              const std::vector<const GalleryDetector*>& detectors, int runs,
              const SurveyListener& listener);

DetectorSummary summary_of(const Survey& survey, const GalleryDetector& detector);

/// No run was otherwise than its label says.
bool is_as_labelled(const Survey& survey);

/// How many runs show what one run shows with probability `rate`, with 99 % certainty. nullopt:
/// none do, for a rate of 0.
std::optional<long> runs_for_certainty(double rate);

}  // namespace assay
