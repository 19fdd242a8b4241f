// `assay race SCENARIO`: one defect by the explorer, by real threads and by ThreadSanitizer.
#include <memory>
#include <stdexcept>
#include <vector>

#include "cli/command.h"
#include "cli/open_results.h"
#include "cli/quantities.h"
#include "cli/say.h"
#include "cli/scenario_flags.h"
#include "stress/lesson/lesson.h"

namespace assay {
namespace {

constexpr int kDoesNotHold = 1;
constexpr int kIncomplete = 3;
constexpr const char* kFooter =
    "Exit status: 0 the explorer finds the defect, and all three are silent on the fixed twin; 1 "
    "not\n"
    "so; 2 wrong usage, or the scenario has no defect; 3 it is so as far as could be looked:\n"
    "ThreadSanitizer or real threads could not run here.";

struct Flags {
  std::string scenario;
  std::string units;
  std::string duration = "2s";
  std::string json;
};

std::vector<const Scenario*> defects() {
  std::vector<const Scenario*> found = scenarios();
  std::erase_if(found, [](const Scenario* scenario) { return !scenario->info().defect; });
  return found;
}

int list_defects() {
  tell("Scenarios with a defect\n");
  for (const Scenario* scenario : defects())
    tell("  {:<26} {}\n", scenario->info().name, scenario->info().title);
  return 0;
}

int run(const Flags& flags) {
  if (flags.scenario.empty()) return list_defects();
  const Scenario& scenario = scenario_named(flags.scenario, defects());
  LessonOptions options;
  options.units = parse_units_of(scenario.info(), flags.units);
  options.duration = parse_duration(flags.duration);
  const auto file = open_results(flags.json);
  Lesson lesson;
  try {
    lesson = teach(scenario, options);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  tell("{}", lesson_text(lesson));
  if (file) file->write(lesson_json(lesson));
  if (!lesson.holds()) return kDoesNotHold;
  return lesson.complete() ? 0 : kIncomplete;
}

CommandRun set_up(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  app.add_option("scenario", flags->scenario,
                 "Its name; without one, those with a defect are listed");
  app.add_option("--units", flags->units, "How many (default: the scenario's own)");
  app.add_option("--duration", flags->duration,
                 "On real threads, of defect and twin each: 500ms, 10s, 1m (default 2s)");
  app.add_option("--json", flags->json, "Write what was seen to this file as JSON");
  app.footer(kFooter);
  return [flags](const Words&) { return run(*flags); };
}

const CommandRegistration kRace("race", "One defect: explored, run on threads, sanitized, mended",
                                &set_up);

}  // namespace
}  // namespace assay
