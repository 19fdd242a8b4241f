#include "stress/lesson/lesson.h"

#include <fmt/format.h>

#include <stdexcept>

#include "models/thread/std_thread.h"

namespace assay {
namespace {

Explained explain_by_schedules(const LessonSide& seen, const LessonOptions& options) {
  const auto subject = seen.scenario->subject(seen.units);
  controlled::ExploreOptions explore;
  explore.execution = seen.scenario->execution_options();
  explore.execution.memory = seen.memory;
  explore.executions = options.executions;
  const controlled::Exploration result = controlled::explore(*subject, explore);
  Explained explained;
  explained.executions = result.executions;
  explained.exhausted = result.exhausted;
  const controlled::Failing* failing = result.failure();
  // The one that the scenario declares is the lesson.
  if (seen.scenario->info().defect) {
    if (const auto* declared = result.failure(*seen.scenario->info().defect)) failing = declared;
  }
  if (failing == nullptr) return explained;
  explained.smallest = controlled::minimize(*subject, explore.execution, *failing);
  controlled::Schedule schedule;
  schedule.steps = explained.smallest->failing.schedule;
  explained.story = controlled::replay(*subject, explore.execution, schedule);
  explained.replay = fmt::format("assay explore {} --units={} --memory-model={} --replay={}",
                                 seen.scenario->info().name, seen.units, name_of(seen.memory),
                                 explained.story.text());
  return explained;
}

Sampled sample_threads(const LessonSide& seen, const LessonOptions& options) {
  SampleOptions sampling;
  sampling.runtime = &std_thread();
  sampling.units = seen.units;
  sampling.duration = options.duration;
  Sampled sampled;
  sampled.runtime = sampling.runtime->info().name;
  sampled.command =
      fmt::format("assay stress {} --runtime={} --units={} --duration={}ms",
                  seen.scenario->info().name, sampled.runtime, seen.units,
                  std::chrono::ceil<std::chrono::milliseconds>(options.duration).count());
  sampled.histogram = sample(*seen.scenario, sampling);
  return sampled;
}

Sanitized sanitize_seen(const LessonSide& seen, const LessonOptions& options) {
  Sanitizing what{seen.scenario->info().name, seen.units, std::string(name_of(seen.memory)), "",
                  options.sanitized};
  if (!seen.explored.smallest) return sanitize(what);
  what.schedule = controlled::to_text(seen.explored.story.schedule);
  Sanitized said = sanitize(what);
  if (said.verdict != Sanitized::Verdict::kSilent) return said;
  what.schedule.clear();
  said = sanitize(what);
  said.schedules = "the schedule above and " + said.schedules;
  return said;
}

LessonSide look_at(const Scenario& scenario, std::size_t units, controlled::MemoryModel memory,
                   const LessonOptions& options) {
  LessonSide seen;
  seen.scenario = &scenario;
  seen.units = units;
  seen.memory = memory;
  seen.explored = explain_by_schedules(seen, options);
  seen.real = sample_threads(seen, options);
  seen.sanitized = sanitize_seen(seen, options);
  return seen;
}

/// Why there is no lesson, or an empty text.
std::string hindrance(const Scenario& scenario) {
  const ScenarioInfo& info = scenario.info();
  if (info.defect) return "";
  for (const Scenario* other : scenarios()) {
    if (other->info().twin == info.name)
      return fmt::format(
          "{} is the fixed twin of {}, and nothing is wrong with it; try: assay race {}", info.name,
          other->info().name, other->info().name);
  }
  return fmt::format("{} is a litmus test: it has outcomes and no defect; try: assay explore {}",
                     info.name, info.name);
}

}  // namespace

bool Lesson::found() const {
  return defect.explored.smallest &&
         defect.explored.smallest->failing.kind == *defect.scenario->info().defect;
}

bool Lesson::complete() const {
  const auto looked = [](const LessonSide& seen) {
    return seen.sanitized.verdict != Sanitized::Verdict::kUnavailable && seen.real.complete();
  };
  return looked(defect) && looked(twin);
}

Lesson teach(const Scenario& scenario, const LessonOptions& options) {
  const std::string why = hindrance(scenario);
  if (!why.empty()) throw std::invalid_argument(why);
  const ScenarioInfo& info = scenario.info();
  const std::size_t units = options.units.value_or(info.units);
  const Scenario* twin = find_scenario(info.twin);
  if (twin == nullptr)
    throw std::invalid_argument(info.name + ": expected a fixed twin, found none");
  Lesson lesson;
  lesson.defect = look_at(scenario, units, info.memory, options);
  lesson.twin = look_at(*twin, units, info.memory, options);
  return lesson;
}

}  // namespace assay
