#include <fmt/format.h>

#include "models/controlled/narrative.h"
#include "properties/statistics.h"
#include "scenarios/lesson/lesson.h"

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

std::string share_text(const RealSample& real) {
  const Interval share = wilson(real.wrong, real.runs);
  return fmt::format("wrong in {} of {} runs on {} ({:.3g}% to {:.3g}% at 95%)", real.wrong,
                     real.runs, real.runtime, share.low * 100, share.high * 100);
}

std::string real_text(const LessonSide& seen) {
  const RealSample& real = seen.real;
  if (real.runs == 0) return "no run came to an end in the time there was\n";
  std::string text = share_text(real) + "\n";
  for (const RealSample::Seen& outcome : real.outcomes) {
    text += fmt::format("  {:<12} {:>8}{}\n", outcome.outcome.text(), outcome.count,
                        outcome.wrong == 0 ? "" : fmt::format("  {} of them wrong", outcome.wrong));
  }
  if (real.hung > 0) text += fmt::format("  {:<12} {:>8}  given up\n", "no end", real.hung);
  if (!real.trouble.empty()) text += "  " + real.trouble + "\n";
  return text;
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
  if (!lesson.holds()) {
    return lesson.defect.explored.smallest
               ? "the lesson does not hold: the twin is not silent\n"
               : "the lesson does not hold: the explorer did not find the defect\n";
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
      "every interleaving: {}real threads: {}\nThreadSanitizer: {}{}",
      info.name, info.title, counted(defect.units, "unit"), name_of(defect.memory),
      explored_text(defect), real_text(defect), sanitized_text(defect), twin.name, twin.title,
      explored_text(lesson.twin),
      lesson.twin.real.runs == 0 ? "no run" : share_text(lesson.twin.real),
      sanitized_text(lesson.twin), verdict_text(lesson));
}

}  // namespace assay
