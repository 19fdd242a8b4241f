#include <fmt/format.h>

#include "models/controlled/narrative.h"
#include "stress/grading.h"
#include "stress/lesson/lesson.h"
#include "stress/outcome_table.h"

namespace assay {
namespace {

std::string counted(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string explored_text(const LessonSide& seen) {
  const Explained& explored = seen.explored;
  if (!explored.smallest) {
    return explored.exhausted
               ? fmt::format("nothing is wrong in all {} inequivalent interleavings\n",
                             explored.executions)
               : fmt::format("nothing was found in {} executions; there are more\n",
                             explored.executions);
  }
  return fmt::format("{}: {}, {}\n{}again: {}\n",
                     explored.smallest->certain ? "the smallest schedule that fails"
                                                : "the smallest schedule found so far",
                     counted(explored.smallest->preemptions, "preemption"),
                     counted(explored.story.schedule.size(), "step"),
                     controlled::table_of(explored.story), explored.replay);
}

std::string share_text(const Sampled& real) {
  const Histogram& histogram = real.histogram;
  if (histogram.samples == 0) return fmt::format("no sample came to its end on {}", real.runtime);
  return fmt::format("wrong in {} of {} samples{} on {} (95 % interval: {})",
                     grouped(histogram.broken()), grouped(histogram.samples),
                     histogram.stuck > 0 ? " that came to their end" : "", real.runtime,
                     interval_text(histogram.broken(), histogram.samples));
}

std::string row(const std::string& what, std::uint64_t count, const std::string& says) {
  return fmt::format("  {:<12} {:>13}{}{}\n", what, grouped(count), says.empty() ? "" : "  ", says);
}

/// What is no outcome.
std::string incidents_text(const Histogram& histogram) {
  std::string text;
  if (histogram.others > 0)
    text += row("others", histogram.others, "not looked at: there are too many different ones");
  if (histogram.stuck > 0)
    text += row(kNoEnd, histogram.stuck, "times: units did not end and were removed");
  if (!histogram.hindrance().empty()) text += "  " + histogram.hindrance() + "\n";
  return text;
}

std::string real_text(const Sampled& real) {
  std::string text = share_text(real) + "\n";
  for (const Seen& seen : real.histogram.seen)
    text += row(seen.numbers, seen.count, seen.broken.empty() ? "" : "wrong: " + seen.broken);
  return text + incidents_text(real.histogram) + "again: " + real.command + "\n";
}

void add_place(std::string& text, const Sanitized::Place& place) {
  text +=
      fmt::format("  {}, {}\n", place.what,
                  place.file.empty() ? place.where : fmt::format("{}:{}", place.file, place.line));
  for (const Sanitized::Line& line : place.source) {
    if (line.number + 1 < place.line || line.number > place.line + 1) continue;
    text += fmt::format("  {} {:>4}  {}\n", line.number == place.line ? '>' : ' ', line.number,
                        line.text);
  }
}

/// Why a defect that the explorer finds is none to ThreadSanitizer.
std::string why_silent(const LessonSide& seen) {
  switch (*seen.scenario->info().defect) {
    case controlled::FailureKind::kAssertion:
      return "  every two conflicting accesses are atomic or ordered: there is no data race, and\n"
             "  the order of the operations is wrong all the same\n";
    case controlled::FailureKind::kDataRace:
      return "  expected a report of the data race: please report this\n";
    default:
      return "  there is no data race: what is wrong is who waits for whom\n";
  }
}

std::string sanitized_text(const LessonSide& seen) {
  const Sanitized& said = seen.sanitized;
  if (said.verdict == Sanitized::Verdict::kUnavailable)
    return "not available: " + said.reason + "\n";
  if (said.verdict == Sanitized::Verdict::kSilent) {
    return fmt::format("silent on {}\n{}", said.schedules,
                       seen.explored.smallest ? why_silent(seen) : "");
  }
  std::string text = fmt::format("on {} it reports\n", said.schedules);
  for (const Sanitized::Explained& report : said.reports) {
    text += "  " + report.headline + "\n";
    for (const Sanitized::Place& place : report.places) add_place(text, place);
    for (const std::string& missing : report.missing) text += "  missing: " + missing + "\n";
  }
  return text;
}

std::string verdict_text(const Lesson& lesson) {
  if (!lesson.found()) {
    return fmt::format("the lesson does not hold: the explorer did not find the {}\n",
                       controlled::name_of(*lesson.defect.scenario->info().defect));
  }
  if (!lesson.holds()) {
    std::string loud;
    if (!lesson.twin.explored_in_silence()) loud += " by interleavings,";
    if (!lesson.twin.real.silent()) loud += " on real threads,";
    if (lesson.twin.reported()) loud += " under ThreadSanitizer,";
    loud.pop_back();
    return fmt::format("the lesson does not hold: the twin is not silent{}\n", loud);
  }
  return lesson.complete() ? "the twin is silent in all three\n"
                           : "the twin is silent where it could be looked at\n";
}

}  // namespace

std::string lesson_text(const Lesson& lesson) {
  const LessonSide& defect = lesson.defect;
  const ScenarioInfo& info = defect.scenario->info();
  const ScenarioInfo& twin = lesson.twin.scenario->info();
  return fmt::format(
      "{}: {}\n{}, {}\n\n"
      "1. Every interleaving\n{}\n"
      "2. Real threads of this machine\n{}\n"
      "3. ThreadSanitizer\n{}\n"
      "4. The fixed twin, {}: {}\n"
      "every interleaving: {}real threads: {}\n{}ThreadSanitizer: {}{}",
      info.name, info.title, counted(defect.units, "unit"), name_of(defect.memory),
      explored_text(defect), real_text(defect.real), sanitized_text(defect), twin.name, twin.title,
      explored_text(lesson.twin), share_text(lesson.twin.real),
      incidents_text(lesson.twin.real.histogram), sanitized_text(lesson.twin),
      verdict_text(lesson));
}

}  // namespace assay
