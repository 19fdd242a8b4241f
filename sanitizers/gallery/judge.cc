#include "sanitizers/gallery/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sanitizers/reports/reader.h"

namespace assay {
namespace {

/// The innermost line of `file`; 0 if the stack is elsewhere. What the compiler added has no line.
int line_in(const Stack& stack, const std::string& file) {
  for (const Frame& frame : stack) {
    const std::string_view path = frame.file;
    if (path.substr(path.rfind('/') + 1) == file && frame.line != 0) {
      return static_cast<int>(frame.line);
    }
  }
  return 0;
}

void add_line(const Stack& stack, const std::string& file, Lines& lines) {
  if (const int line = line_in(stack, file); line != 0) lines.insert(line);
}

Lines lines_of(const Report& report, const std::string& file) {
  Lines lines;
  if (!report.cycle.empty()) {
    for (const LockEdge& edge : report.cycle) add_line(edge.acquired_at, file, lines);
    return lines;
  }
  if (report.accesses.empty()) {
    for (const Stack* place : places(report)) add_line(*place, file, lines);
  }
  for (const Access& access : report.accesses) {
    // A stretch of time is no place.
    if (access.until.empty()) add_line(access.stack, file, lines);
  }
  add_line(report.location.freed, file, lines);
  for (const Leak& leak : report.leaks) add_line(leak.allocation, file, lines);
  if (report.kind == ReportKind::kThreadLeak) {
    for (const ReportThread& thread : report.threads) add_line(thread.creation, file, lines);
  }
  return lines;
}

std::string variable_of(const Location& location) {
  switch (location.kind) {
    case LocationKind::kHeap:
      return "heap";
    case LocationKind::kStack:
      return "stack";
    case LocationKind::kThreadLocal:
      return "tls";
    case LocationKind::kFileDescriptor:
      return "descriptor";
    case LocationKind::kGlobal:
      return location.name;
    case LocationKind::kMapping:
    case LocationKind::kUnknown:
      break;
  }
  return "";
}

/// Detectors write a name with its namespace, or mangled.
bool names(const std::string& found, const std::string& expected) {
  return found.find(expected) != std::string::npos;
}

bool is_within(const Lines& some, const Lines& all) {
  return !some.empty() && std::ranges::includes(all, some);
}

bool is_as_labelled(const GalleryFinding& finding, const Sighting& sighting,
                    const GalleryDetector& detector) {
  if (std::ranges::find(sighting.kinds, finding.kind) == sighting.kinds.end()) return false;
  if (!(detector.names_one_place ? is_within(finding.lines, sighting.lines)
                                 : finding.lines == sighting.lines)) {
    return false;
  }
  const bool is_named = detector.names_globals || sighting.variable == "heap";
  return !is_named || names(finding.variable, sighting.variable);
}

bool has_lines(const Label& label, const Sighting& sighting, const GalleryDetector& detector,
               const Lines& lines) {
  if (lines == label.lines || (sighting.seen && lines == sighting.lines)) return true;
  const bool one = detector.names_one_place;
  if (one && (is_within(lines, label.lines) || is_within(lines, sighting.lines))) return true;
  return std::ranges::any_of(label.also, [&](const Lines& also) {
    return also == lines || (one && is_within(lines, also));
  });
}

std::string to_string(const GalleryFinding& finding) {
  return fmt::format("{} at {}{}", slug(finding.kind),
                     finding.lines.empty()
                         ? "no line of this program"
                         : fmt::format("lines {}", fmt::join(finding.lines, ", ")),
                     finding.variable.empty() ? "" : ", variable " + finding.variable);
}

std::string to_string(const std::vector<GalleryFinding>& findings) {
  if (findings.empty()) return "no report";
  std::string all;
  for (const GalleryFinding& finding : findings)
    all += (all.empty() ? "" : "; ") + to_string(finding);
  return all;
}

std::string expected(const Sighting& sighting) {
  if (!sighting.seen) return "no report, because " + sighting.reason;
  std::vector<std::string_view> kinds;
  for (const ReportKind kind : sighting.kinds) kinds.push_back(slug(kind));
  return fmt::format("{} at lines {}{}", fmt::join(kinds, " or "), fmt::join(sighting.lines, ", "),
                     sighting.variable.empty() ? "" : ", variable " + sighting.variable);
}

std::string complain(const std::string& program, const GalleryDetector& detector,
                     const std::string& expected, const std::string& found, const ProgramRun& run) {
  return fmt::format(
      "defect:   {}\ndetector: {}\nexpected: {}\nfound:    {}{} (exit status {})\n"
      "command:  {}\noutput:\n{}\n",
      program, detector.title, expected, found, run.gave_up ? ", and did not end" : "",
      run.exit_status, run.command, run.output);
}

void add_distinct(const Lines& lines, std::vector<Lines>& all) {
  if (std::ranges::find(all, lines) == all.end()) all.push_back(lines);
}

/// What the reader could not read is not dropped in silence here either.
std::string unread(const ReadReports& read) {
  for (const Problem& problem : read.problems) {
    if (!problem.foreign) {
      return fmt::format("; line {} of it could not be read: {} '{}'", problem.line, problem.reason,
                         problem.text);
    }
  }
  return "";
}

Judgement read_findings(const Label& label, const ProgramRun& run, std::string& problems) {
  const ReadReports read = read_reports(run.output);
  problems = unread(read);
  Judgement judgement;
  for (const Report& report : read.reports) {
    judgement.findings.push_back(finding_of(report, label.name + ".cc"));
  }
  return judgement;
}

}  // namespace

GalleryFinding finding_of(const Report& report, const std::string& file) {
  return {report.kind, lines_of(report, file), variable_of(report.location)};
}

Judgement judge_defect(const Label& label, const GalleryDetector& detector, const ProgramRun& run) {
  std::string problems;
  Judgement judgement = read_findings(label, run, problems);
  const Sighting& sighting = label.sightings.find(detector.name)->second;
  for (const GalleryFinding& finding : judgement.findings) {
    const bool labelled = has_lines(label, sighting, detector, finding.lines);
    add_distinct(finding.lines, labelled ? judgement.true_lines : judgement.false_lines);
    judgement.found |= sighting.seen && is_as_labelled(finding, sighting, detector);
  }
  if (sighting.stops) {
    // What a detector says of its own failure is no report, and need not be read.
    problems = run.exit_status == 0 ? ", and the detector did not fail" : "";
  }
  const bool as_expected =
      sighting.seen ? judgement.found && judgement.false_lines.empty() : judgement.findings.empty();
  if (!as_expected || run.gave_up || !problems.empty()) {
    judgement.complaint = complain(label.name, detector, expected(sighting),
                                   to_string(judgement.findings) + problems, run);
  }
  return judgement;
}

Judgement judge_twin(const Label& label, const GalleryDetector& detector, const ProgramRun& run) {
  std::string problems;
  Judgement judgement = read_findings(label, run, problems);
  for (const GalleryFinding& finding : judgement.findings) {
    add_distinct(finding.lines, judgement.false_lines);
  }
  if (!judgement.findings.empty() || run.exit_status != 0 || run.gave_up || !problems.empty()) {
    judgement.complaint =
        complain(label.name + ", the fixed twin", detector, "no report, and exit status 0",
                 to_string(judgement.findings) + problems, run);
  }
  return judgement;
}

}  // namespace assay
