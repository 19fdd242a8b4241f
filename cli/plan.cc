// `assay plan`: how many runs show a defect of a given frequency, and how long they take.
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/certainty.h"
#include "cli/command.h"
#include "cli/quantities.h"
#include "cli/say.h"

namespace assay {
namespace {

constexpr std::uint64_t kMostCores = 1'000'000;
constexpr std::uint64_t kMostRuns = 1'000'000'000'000'000;

struct Typed {
  std::string frequency, confidence = "95%", runs, each, cores = "1";
};

/// 897, and 3.0e+15 where digits would say more than is known.
std::string counted(double runs) {
  return runs < 1e15 ? fmt::format("{:.0f}", runs) : fmt::format("{:.3g}", runs);
}

std::string time_text(double seconds) {
  struct Scale {
    double least, unit;
    const char* name;
  };
  for (const Scale& scale : {Scale{2 * 365.25 * 86'400, 365.25 * 86'400, "years"},
                             {2 * 86'400, 86'400, "days"},
                             {2 * 3'600, 3'600, "hours"},
                             {2 * 60, 60, "minutes"}}) {
    if (seconds >= scale.least) return fmt::format("{:.3g} {}", seconds / scale.unit, scale.name);
  }
  return fmt::format("{:.3g} s", seconds);
}

void print_time(const Typed& typed, double runs) {
  if (typed.each.empty()) return;
  const std::chrono::duration<double> each = parse_duration(typed.each);
  const std::uint64_t cores = parse_count("--cores", typed.cores, kMostCores);
  tell("That is {} of one core at {} a run; on {} core{}, {}.\n", time_text(runs * each.count()),
       time_text(each.count()), cores, cores == 1 ? "" : "s",
       time_text(runs * each.count() / static_cast<double>(cores)));
}

int plan(const Typed& typed) {
  if (typed.frequency.empty() == typed.runs.empty()) {
    throw UsageError(
        "say --frequency=1/1000 (how many runs show it?) or --runs=1000 (what do they exclude?)");
  }
  const double confidence = parse_fraction("--confidence", typed.confidence);
  if (confidence == 1) {
    throw UsageError("--confidence: expected less than 1; no number of runs is certain to show it");
  }
  if (!typed.runs.empty()) {
    const auto runs = static_cast<double>(parse_count("--runs", typed.runs, kMostRuns));
    tell(
        "{} runs in which nothing is seen exclude, with {:.6g}% certainty, a frequency of {:.3g} "
        "or "
        "more (1 of {:.0f} runs). They never show that there is no defect.\n",
        counted(runs), 100 * confidence, excluded_by(runs, confidence),
        1 / excluded_by(runs, confidence));
    print_time(typed, runs);
    return 0;
  }
  const double frequency = parse_fraction("--frequency", typed.frequency);
  const double runs = runs_to_see(frequency, confidence);
  tell(
      "{} run{}, each with a seed of its own, show at least once, with {:.6g}% certainty, "
      "what happens in a fraction {:.3g} of runs.\n",
      counted(runs), runs == 1 ? "" : "s", 100 * confidence, frequency);
  print_time(typed, runs);
  tell("  assay sweep --seeds={0}\n  bazel test --runs_per_test={0} TARGET\n", counted(runs));
  return 0;
}

CommandRun set_up(CLI::App& app) {
  const auto typed = std::make_shared<Typed>();
  app.add_option("--frequency", typed->frequency, "Of the defect: 0.001, 0.1% or 1/1000 of runs");
  app.add_option("--confidence", typed->confidence, "Wanted certainty (default 95%)");
  app.add_option("--runs", typed->runs, "Instead of --frequency: runs that were all silent");
  app.add_option("--each", typed->each, "How long one run takes: 500ms, 10s, 2m");
  app.add_option("--cores", typed->cores, "How many run at once (default 1)");
  return [typed](const Words&) { return plan(*typed); };
}

const CommandRegistration kPlan("plan", "How many runs it takes to see a rare defect", &set_up);

}  // namespace
}  // namespace assay
