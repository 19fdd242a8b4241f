#include "sanitizers/gallery/survey.h"

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

constexpr double kCertainty = 0.99;
// Below it the processor time of a run is that of the clock's tick.
constexpr double kSmallestSeconds = 1e-4;

void add_distinct(const std::vector<Lines>& some, std::vector<Lines>& all) {
  for (const Lines& lines : some) {
    if (std::ranges::find(all, lines) == all.end()) all.push_back(lines);
  }
}

void count(const Judgement& judgement, const ProgramRun& run, const ProgramRun& plain,
           SurveyCell& cell) {
  cell.runs++;
  if (judgement.found) cell.found++;
  if (!judgement.complaint.empty() && cell.surprises++ == 0) {
    cell.first_surprise = judgement.complaint;
  }
  add_distinct(judgement.true_lines, cell.true_lines);
  add_distinct(judgement.false_lines, cell.false_lines);
  cell.slow_down.push_back(run.seconds / std::max(plain.seconds, kSmallestSeconds));
  cell.memory.push_back(static_cast<double>(run.peak_kib) / static_cast<double>(plain.peak_kib));
}

/// What one detector saw in a round, and the plain program beside it.
struct Look {
  const GalleryDetector* detector;
  ProgramRun plain;
  ProgramRun run;
  ProgramRun plain_twin;
  ProgramRun twin;
};

void count(const Look& look, const SurveyListener& listener, SurveyRow& row) {
  const Label& label = row.label;
  const std::string detector(look.detector->name);
  row.plain_runs++;
  if (!label.shows.empty() && look.plain.output.find(label.shows) != std::string::npos) row.shown++;
  listener.ran(label, *look.detector, look.run);
  const Judgement judgement = judge_defect(label, *look.detector, look.run);
  SurveyCell& cell = row.defect[detector];
  count(judgement, look.run, look.plain, cell);
  if (label.correct && !judgement.findings.empty()) cell.alarms++;

  const Judgement of_twin = judge_twin(label, *look.detector, look.twin);
  SurveyCell& twin_cell = row.twin[detector];
  count(of_twin, look.twin, look.plain_twin, twin_cell);
  if (!of_twin.findings.empty()) twin_cell.alarms++;
}

/// False, and nothing is counted, when the survey is to end.
bool run_round(const Gallery& gallery, const Survey& survey, const SurveyListener& listener,
               SurveyRow& row) {
  const std::string& name = row.label.name;
  std::vector<Look> looks;
  for (const GalleryDetector* detector : survey.detectors) {
    looks.push_back({.detector = detector,
                     .plain = run_plain(gallery, name, /*twin=*/false),
                     .run = run_under(gallery, name, /*twin=*/false, *detector),
                     .plain_twin = run_plain(gallery, name, /*twin=*/true),
                     .twin = run_under(gallery, name, /*twin=*/true, *detector)});
  }
  if (!listener.goes_on()) return false;
  for (const Look& look : looks) count(look, listener, row);
  return true;
}

void append(const std::vector<double>& some, std::vector<double>& all) {
  all.insert(all.end(), some.begin(), some.end());
}

}  // namespace

double DetectorSummary::precision() const {
  const int all = true_reports + false_reports;
  return all == 0 ? 1 : static_cast<double>(true_reports) / all;
}

double DetectorSummary::recall() const {
  return labelled == 0 ? 1 : static_cast<double>(found) / labelled;
}

Survey survey(const Gallery& gallery, const std::vector<Label>& labels,
              const std::vector<const GalleryDetector*>& detectors, int runs,
              const SurveyListener& listener) {
  Survey survey{.runs = runs, .detectors = detectors, .rows = {}};
  for (const Label& label : labels) {
    listener.begins(label);
    SurveyRow row;
    row.label = label;
    int rounds = 0;
    while (rounds < runs && run_round(gallery, survey, listener, row)) rounds++;
    if (rounds > 0) survey.rows.push_back(std::move(row));
    if (rounds < runs) break;
  }
  return survey;
}

DetectorSummary summary_of(const Survey& survey, const GalleryDetector& detector) {
  constexpr std::uint64_t kSeed = 1;
  DetectorSummary summary;
  std::vector<double> slow_down;
  std::vector<double> memory;
  for (const SurveyRow& row : survey.rows) {
    const SurveyCell& defect = row.defect.find(detector.name)->second;
    const SurveyCell& twin = row.twin.find(detector.name)->second;
    // A report about a correct program is false wherever it points.
    const int true_lines = static_cast<int>(defect.true_lines.size());
    summary.true_reports += row.label.correct ? 0 : true_lines;
    summary.false_reports += row.label.correct ? true_lines : 0;
    summary.false_reports += static_cast<int>(defect.false_lines.size() + twin.false_lines.size());
    if (!row.label.correct) {
      summary.labelled++;
      summary.found += defect.found > 0 ? 1 : 0;
    }
    summary.twins++;
    summary.twins_with_alarm += twin.alarms > 0 ? 1 : 0;
    for (const SurveyCell* cell : {&defect, &twin}) {
      append(cell->slow_down, slow_down);
      append(cell->memory, memory);
    }
  }
  if (!slow_down.empty()) {
    summary.slow_down = bootstrap_median(slow_down, kSeed);
    summary.memory = bootstrap_median(memory, kSeed);
  }
  return summary;
}

bool is_as_labelled(const Survey& survey) {
  return std::ranges::all_of(survey.rows, [](const SurveyRow& row) {
    const auto expected = [](const auto& cell) { return cell.second.surprises == 0; };
    return std::ranges::all_of(row.defect, expected) && std::ranges::all_of(row.twin, expected);
  });
}

std::optional<long> runs_for_certainty(double rate) {
  if (rate <= 0) return std::nullopt;
  if (rate >= 1) return 1;
  return static_cast<long>(std::ceil(std::log(1 - kCertainty) / std::log(1 - rate)));
}

}  // namespace assay
