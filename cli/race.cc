// `assay race SCENARIO`: one defect by the explorer, by real threads and by ThreadSanitizer.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "cli/command.h"
#include "cli/quantities.h"
#include "cli/suggest.h"
#include "report/results_file.h"
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

std::uint64_t number(const std::string& flag, const std::string& text, std::uint64_t least,
                     std::uint64_t most) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || value < least || value > most) {
    throw UsageError(
        fmt::format("{}: expected a number from {} to {}, found '{}'", flag, least, most, text));
  }
  return value;
}

const Scenario& scenario_of(const std::string& name) {
  if (const Scenario* scenario = find_scenario(name)) return *scenario;
  std::vector<std::string> names;
  for (const Scenario* scenario : scenarios()) {
    if (scenario->info().defect) names.push_back(scenario->info().name);
  }
  throw UsageError(fmt::format("unknown scenario '{}'; {}", name, suggestion(name, names)));
}

int list_defects() {
  fmt::print("Scenarios with a defect\n");
  for (const Scenario* scenario : scenarios()) {
    const ScenarioInfo& info = scenario->info();
    if (info.defect) fmt::print("  {:<26} {}\n", info.name, info.title);
  }
  return 0;
}

int run(const Flags& flags) {
  if (flags.scenario.empty()) return list_defects();
  const Scenario& scenario = scenario_of(flags.scenario);
  const ScenarioInfo& info = scenario.info();
  LessonOptions options;
  if (!flags.units.empty())
    options.units = number("--units", flags.units, info.least_units, info.most_units);
  options.duration = parse_duration(flags.duration);
  std::optional<ResultsFile> file;
  try {
    if (!flags.json.empty()) file.emplace(flags.json);
  } catch (const std::system_error& error) {
    throw UsageError(error.what());
  }
  Lesson lesson;
  try {
    lesson = teach(scenario, options);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  fmt::print("{}", lesson_text(lesson));
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
