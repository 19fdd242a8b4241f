#include "sanitizers/gallery/survey_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <utility>

#include "report/machine_facts.h"

namespace assay {
namespace {

/// Of the document: within a version members are added, and none is given another meaning.
constexpr int kVersion = 1;

constexpr int kNameWidth = 45;
constexpr int kCellWidth = 11;

const Sighting& sighting_of(const SurveyRow& row, const GalleryDetector& detector) {
  return row.label.sightings.find(detector.name)->second;
}

const SurveyCell& cell_of(const SurveyRow& row, const GalleryDetector& detector) {
  return row.defect.find(detector.name)->second;
}

const SurveyCell& twin_of(const SurveyRow& row, const GalleryDetector& detector) {
  return row.twin.find(detector.name)->second;
}

std::string cell_text(const SurveyRow& row, const GalleryDetector& detector) {
  const SurveyCell& cell = cell_of(row, detector);
  const std::string mark = cell.surprises + twin_of(row, detector).surprises > 0 ? " !" : "";
  if (row.label.correct && cell.alarms == 0) return "silent" + mark;
  if (row.label.correct) return fmt::format("({}/{}){}", cell.alarms, cell.runs, mark);
  if (!sighting_of(row, detector).seen) return "missed" + mark;
  return fmt::format("{}/{}{}", cell.found, cell.runs, mark);
}

std::string table_of_defects(const Survey& survey) {
  std::string text = fmt::format("{:<{}}", "defect", kNameWidth);
  for (const GalleryDetector* detector : survey.detectors) {
    text += fmt::format("{:<{}}", detector->name, kCellWidth);
  }
  for (const SurveyRow& row : survey.rows) {
    text += fmt::format("\n{:<{}}", row.label.name, kNameWidth);
    for (const GalleryDetector* detector : survey.detectors) {
      text += fmt::format("{:<{}}", cell_text(row, *detector), kCellWidth);
    }
  }
  return text +
         "\n\nn/N: found in n of N runs. missed: as the label says, see below. (n/N): a false "
         "alarm, in n\n"
         "of N runs. !: not as the label says.\n";
}

std::string runs_text(const std::optional<long>& runs) {
  return runs ? std::to_string(*runs) : "no number of";
}

/// What the counts mean: each n of N that occurs, once.
std::string rates(const Survey& survey) {
  std::set<std::pair<int, int>, std::greater<>> counts;
  for (const SurveyRow& row : survey.rows) {
    if (row.label.correct) continue;
    for (const GalleryDetector* detector : survey.detectors) {
      counts.emplace(cell_of(row, *detector).found, cell_of(row, *detector).runs);
    }
  }
  std::string text =
      "\nDetection rate, 95 % interval (Wilson), and runs that show it with 99 % certainty\n";
  for (const auto& [found, runs] : counts) {
    const Interval interval =
        wilson(static_cast<std::uint64_t>(found), static_cast<std::uint64_t>(runs));
    if (found == 0) {
      text += fmt::format(
          "  0 of {}: at most {:.1f} %. An upper bound, never \"safe\": at that rate {} runs "
          "show it\n",
          runs, 100 * interval.high, runs_text(runs_for_certainty(interval.high)));
    } else {
      text += fmt::format(
          "  {} of {}: {:.1f} to {:.1f} %; {} runs at the measured rate, {} at the lowest\n", found,
          runs, 100 * interval.low, 100 * interval.high,
          runs_text(runs_for_certainty(static_cast<double>(found) / runs)),
          runs_text(runs_for_certainty(interval.low)));
    }
  }
  return text;
}

std::string ratio(const Estimate& estimate) {
  return fmt::format("{:.1f} ({:.1f} to {:.1f})", estimate.value, estimate.interval.low,
                     estimate.interval.high);
}

std::string table_of_detectors(const Survey& survey) {
  std::string text = fmt::format("\n{:<12}{:<15}{:<16}{:<18}{:<21}{}\n", "detector", "recall",
                                 "precision", "twins with alarm", "processor time", "memory");
  for (const GalleryDetector* detector : survey.detectors) {
    const DetectorSummary s = summary_of(survey, *detector);
    text += fmt::format("{:<12}{:<15}{:<16}{:<18}{:<21}{}\n", detector->name,
                        fmt::format("{:.2f} ({}/{})", s.recall(), s.found, s.labelled),
                        fmt::format("{:.2f} ({}/{})", s.precision(), s.true_reports,
                                    s.true_reports + s.false_reports),
                        fmt::format("{} of {}", s.twins_with_alarm, s.twins), ratio(s.slow_down),
                        ratio(s.memory));
  }
  return text +
         "\nRecall and precision count places by their lines: a report of the right file with a "
         "wrong line\n"
         "is a false one, as are reports of twins and of correct programs. Time and memory are "
         "medians of\n"
         "ratios to the plain program beside it, with their 95 % intervals; these programs run "
         "for\n"
         "milliseconds, so that both are mostly what it costs to start.\n";
}

std::string table_of_misses(const Survey& survey) {
  std::string text = "\nMissed, and why\n";
  for (const GalleryDetector* detector : survey.detectors) {
    std::map<std::string, std::vector<std::string>> by_reason;
    for (const SurveyRow& row : survey.rows) {
      const Sighting& sighting = sighting_of(row, *detector);
      if (!sighting.seen && !row.label.correct)
        by_reason[sighting.reason].push_back(row.label.name);
    }
    for (const auto& [reason, labels] : by_reason) {
      text += fmt::format("  {}: {}\n      {}\n", detector->name, reason,
                          fmt::join(labels, "\n      "));
    }
  }
  return text;
}

/// Where no detector helps, what does.
std::string table_of_others(const Survey& survey) {
  std::string text;
  for (const SurveyRow& row : survey.rows) {
    const Label& label = row.label;
    if (label.scenario.empty() && !label.found_by_outcome) continue;
    text += fmt::format("  {}\n", label.name);
    if (!label.scenario.empty()) text += fmt::format("      assay explore {}\n", label.scenario);
    if (label.found_by_outcome) {
      text += fmt::format("      its outcome: \"{}\" in {} of {} plain runs\n", label.shows,
                          row.shown, row.plain_runs);
    }
  }
  return text.empty() ? "" : "\nMissed by every detector, and found by\n" + text;
}

std::string surprises(const Survey& survey) {
  std::string text;
  for (const SurveyRow& row : survey.rows) {
    for (const auto* cells : {&row.defect, &row.twin}) {
      for (const auto& [detector, cell] : *cells) {
        if (cell.surprises == 0) continue;
        text += fmt::format("\nNot as the label says, in {} of {} runs; the first:\n{}",
                            cell.surprises, cell.runs, cell.first_surprise);
      }
    }
  }
  return text;
}

Json interval_json(const Interval& interval) {
  return {{"low", interval.low}, {"high", interval.high}};
}

Json estimate_json(const Estimate& estimate) {
  return {{"median", estimate.value}, {"interval", interval_json(estimate.interval)}};
}

Json runs_json(const std::optional<long>& runs) { return runs ? Json(*runs) : Json(nullptr); }

Json cell_json(const SurveyRow& row, const GalleryDetector& detector) {
  const SurveyCell& cell = cell_of(row, detector);
  const SurveyCell& twin = twin_of(row, detector);
  const Sighting& sighting = sighting_of(row, detector);
  const Interval interval =
      wilson(static_cast<std::uint64_t>(cell.found), static_cast<std::uint64_t>(cell.runs));
  return {
      {"expected", sighting.seen ? "seen" : "missed"},
      {"reason", sighting.reason},
      {"runs", cell.runs},
      {"found", cell.found},
      {"interval", interval_json(interval)},
      {"runs_for_99_percent",
       runs_json(runs_for_certainty(static_cast<double>(cell.found) / cell.runs))},
      {"runs_for_99_percent_at_most", runs_json(runs_for_certainty(interval.low))},
      {"alarms", cell.alarms},
      {"twin_alarms", twin.alarms},
      {"surprises", cell.surprises + twin.surprises},
  };
}

Json detector_json(const Survey& survey, const GalleryDetector& detector) {
  const DetectorSummary s = summary_of(survey, detector);
  return {
      {"name", detector.name},
      {"recall", s.recall()},
      {"labelled", s.labelled},
      {"found", s.found},
      {"precision", s.precision()},
      {"true_reports", s.true_reports},
      {"false_reports", s.false_reports},
      {"twins", s.twins},
      {"twins_with_alarm", s.twins_with_alarm},
      {"processor_time_ratio", estimate_json(s.slow_down)},
      {"memory_ratio", estimate_json(s.memory)},
  };
}

}  // namespace

std::string to_text(const Survey& survey) {
  return table_of_defects(survey) + rates(survey) + table_of_detectors(survey) +
         table_of_misses(survey) + table_of_others(survey) + surprises(survey);
}

Json to_json(const Survey& survey) {
  Json json = {{"schema", "assay-gallery"},
               {"schema_version", kVersion},
               {"host", to_json(machine_facts())},
               {"build", to_json(build_facts())},
               {"runs", survey.runs},
               {"detectors", Json::array()},
               {"defects", Json::array()}};
  for (const GalleryDetector* detector : survey.detectors) {
    json["detectors"].push_back(detector_json(survey, *detector));
  }
  for (const SurveyRow& row : survey.rows) {
    Json cells = Json::object();
    for (const GalleryDetector* detector : survey.detectors) {
      cells[std::string(detector->name)] = cell_json(row, *detector);
    }
    json["defects"].push_back({{"label", row.label.name},
                               {"kind", row.label.kind},
                               {"scenario", row.label.scenario},
                               {"shows", row.label.shows},
                               {"shown", row.shown},
                               {"plain_runs", row.plain_runs},
                               {"detectors", cells}});
  }
  return json;
}

}  // namespace assay
