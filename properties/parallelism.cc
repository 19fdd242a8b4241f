// Two witnesses of two units that run at once, both needed:
// - A rendezvous: units answer each other dozens of times, and the kernel counted next to no
//   switches meanwhile. Units that take turns need a switch for every answer.
// - CPU time over wall time of spinning units above 1, which turns on one core cannot reach.
#include <sched.h>

#include <algorithm>
#include <set>

#include "properties/kernel_rounds.h"

namespace assay {
namespace {

constexpr std::uint32_t kSections = 8;      // Each is a part of the rendezvous and then a window.
constexpr std::uint32_t kAnswers = 25;      // Rounds of the rendezvous in a section.
constexpr std::uint32_t kPatienceUs = 100;  // CPU time for one answer; a cache line takes 0.1 us.
constexpr std::uint64_t kMet = 50;          // Answers in a row that make a rendezvous.
// Short, so that units that have just met are still running at its end, on a busy machine too.
constexpr std::int64_t kWindowNs = 200'000;
constexpr double kBothRan = 1.2;
constexpr double kTookTurns = 1.1;

// Steps before the rendezvous: kernel task, process, and the two switch counters.
constexpr std::size_t kTaskStep = 0;
constexpr std::size_t kProcessStep = 1;
constexpr std::size_t kSwitchesBefore = 2;
constexpr std::size_t kSectionsStart = 4;

std::size_t cores_allowed() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  return static_cast<std::size_t>(CPU_COUNT(&allowed));
}

struct Layout {
  std::size_t units;
  std::uint32_t sections;
  std::uint32_t answers;  ///< In a section.
  [[nodiscard]] std::size_t rounds() const { return std::size_t{sections} * answers; }
  [[nodiscard]] std::size_t section(std::size_t s) const {
    return kSectionsStart + s * (answers * units + 3);
  }
  /// Steps of one answer: a write, and a spin for each of the others.
  [[nodiscard]] std::size_t answer(std::size_t round) const {
    return section(round / answers) + round % answers * units;
  }
  /// Steps of a window: the time, a spin, the time.
  [[nodiscard]] std::size_t window(std::size_t s) const { return section(s) + answers * units; }
  [[nodiscard]] std::size_t switches_after() const { return section(sections); }
};

std::vector<Step> steps_of(const Layout& layout, std::uint32_t unit, std::int64_t window_ns) {
  std::vector<Step> steps{record(Identity::kKernelTask), record(Identity::kProcess),
                          record(Identity::kVoluntarySwitches),
                          record(Identity::kInvoluntarySwitches)};
  std::int64_t round = 0;
  for (std::uint32_t section = 0; section < layout.sections; ++section) {
    for (std::uint32_t i = 0; i < layout.answers; ++i) {
      steps.push_back(write(Region::kSharedMapping, unit, ++round));
      for (std::uint32_t other = 0; other < layout.units; ++other) {
        if (other == unit) continue;
        steps.push_back(spin_until(Region::kSharedMapping, other, round, kPatienceUs));
      }
    }
    steps.insert(steps.end(),
                 {record(Identity::kTimeNs), spin(window_ns), record(Identity::kTimeNs)});
  }
  steps.insert(steps.end(),
               {record(Identity::kVoluntarySwitches), record(Identity::kInvoluntarySwitches)});
  return steps;
}

Program make_program(const Layout& layout, std::int64_t window_ns) {
  Program program;
  for (std::uint32_t unit = 0; unit < layout.units; ++unit) {
    program.units.push_back(steps_of(layout, unit, window_ns));
  }
  return program;
}

/// Every other unit answered this one in time, in round `round`.
bool answered(const UnitTrace& unit, const Layout& layout, std::size_t round) {
  for (std::size_t i = 1; i < layout.units; ++i) {
    if (unit.at(layout.answer(round) + i)->value != 1) return false;
  }
  return true;
}

/// The longest row of rounds in which everybody was answered. In such a row each answer was given
/// after the one before had been seen, by all.
std::uint64_t longest_row(const Trace& trace, const Layout& layout) {
  std::uint64_t row = 0;
  std::uint64_t longest = 0;
  for (std::size_t round = 0; round < layout.rounds(); ++round) {
    const bool all =
        std::all_of(trace.units.begin(), trace.units.end(),
                    [&](const UnitTrace& unit) { return answered(unit, layout, round); });
    row = all ? row + 1 : 0;
    longest = std::max(longest, row);
  }
  return longest;
}

std::uint64_t kernel_switches(const Trace& trace, const Layout& layout) {
  std::int64_t sum = 0;
  for (const UnitTrace& unit : trace.units) {
    for (std::size_t i = 0; i < 2; ++i) {
      sum += unit.at(layout.switches_after() + i)->value - unit.at(kSwitchesBefore + i)->value;
    }
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(sum, 0));
}

std::size_t kernel_tasks(const Trace& trace) {
  std::set<std::pair<std::int64_t, std::int64_t>> tasks;
  for (const UnitTrace& unit : trace.units) {
    tasks.emplace(unit.at(kProcessStep)->value, unit.at(kTaskStep)->value);
  }
  return tasks.size();
}

double cpu_over_wall(const Trace& trace, const Layout& layout, std::size_t window) {
  std::int64_t cpu = 0;
  std::int64_t start = INT64_MAX;
  std::int64_t end = INT64_MIN;
  for (const UnitTrace& unit : trace.units) {
    const std::size_t at = layout.window(window);
    start = std::min(start, unit.at(at)->value);
    cpu += unit.at(at + 1)->value;
    end = std::max(end, unit.at(at + 2)->value);
  }
  return static_cast<double>(cpu) / static_cast<double>(std::max<std::int64_t>(end - start, 1));
}

double best_cpu_over_wall(const Trace& trace, const Layout& layout) {
  double best = 0;
  for (std::size_t w = 0; w < layout.sections; ++w)
    best = std::max(best, cpu_over_wall(trace, layout, w));
  return best;
}

/// What all rounds showed.
struct Seen {
  std::uint64_t rounds = 0;
  std::uint64_t met = 0;
  std::uint64_t longest = 0;
  std::uint64_t switches_then = 0;
  double ratio = 0;
  bool one_task = true;
  std::string program;

  void add(const Trace& trace, const Layout& layout) {
    ++rounds;
    const std::uint64_t row = longest_row(trace, layout);
    const std::uint64_t switches = kernel_switches(trace, layout);
    const std::size_t tasks = kernel_tasks(trace);
    ratio = std::max(ratio, best_cpu_over_wall(trace, layout));
    one_task = one_task && tasks == 1;
    if (row >= kMet && switches * 4 <= row && tasks == layout.units) ++met;
    if (rounds == 1 || row > longest) {
      longest = row;
      switches_then = switches;
      // The table of the whole program is long, and every round of it is the same.
      program = to_table(make_program({layout.units, 1, 2}, kWindowNs)) + "and so on to " +
                std::to_string(layout.rounds()) + "; everybody was answered " +
                std::to_string(row) + " times in a row, with " + std::to_string(switches) +
                " kernel switches\n";
    }
  }

  [[nodiscard]] bool parallel() const { return met > 0 && ratio > kBothRan; }
};

Observation conclude(const Seen& seen) {
  Observation observation;
  observation.tries = seen.rounds;
  observation.figure = "CPU/wall " + fixed(seen.ratio, 2);
  observation.counterexample = seen.program;
  observation.evidence.set("rendezvous_met", seen.met)
      .set("longest_row_of_answers", seen.longest)
      .set("kernel_switches_then", seen.switches_then)
      .set("best_cpu_over_wall", seen.ratio);
  const std::string ratio = "CPU time over wall time was at most " + fixed(seen.ratio, 2) + " in " +
                            std::to_string(seen.rounds) + " rounds";
  if (seen.parallel()) {
    observation.allowed = observation.witnessed = {Parallelism::kParallel};
    observation.reason = "units answered each other " + std::to_string(seen.longest) +
                         " times in a row with " + std::to_string(seen.switches_then) +
                         " kernel switches; " + ratio;
  } else if (seen.met == 0 && (seen.one_task || seen.ratio <= kTookTurns)) {
    observation.allowed = {Parallelism::kOneAtATime};
    observation.reason = std::string("units never met while both ran") +
                         (seen.one_task ? ", and share one kernel task; " : "; ") + ratio;
  } else {
    observation.allowed = {Parallelism::kParallel, Parallelism::kOneAtATime};
    observation.reason = std::string("only one of two witnesses was seen: units ") +
                         (seen.met > 0 ? "met" : "never met") + " while both ran, but " + ratio;
  }
  return observation;
}

}  // namespace

Observation observe_parallelism(Runtime& runtime, const ProbeOptions& options) {
  const std::size_t cores = cores_allowed();
  if (cores < 2) {
    return not_measured(trait(TraitId::kParallelism),
                        "needs two cores; this process may use one (see `taskset -p $$`)");
  }
  const bool quick = is_quick(options);
  const Budget budget(options, std::chrono::milliseconds(400), std::chrono::milliseconds(1500));
  Rounds rounds(runtime);
  Seen seen;
  // Two units, and as many as there are cores (and cells for them).
  const std::vector<std::size_t> counts =
      cores > 2 ? std::vector<std::size_t>{2, std::min<std::size_t>(cores, 16)}
                : std::vector<std::size_t>{2};
  const std::uint64_t at_least = quick ? 3 : 5;
  for (std::size_t n = 0; n < 200 && !rounds.failed(); ++n) {
    const bool known = seen.parallel() || seen.one_task;
    if (n >= at_least && (known || budget.spent())) break;
    const Layout layout{counts[n % counts.size()], kSections, kAnswers};
    if (const auto trace = rounds.run(make_program(layout, kWindowNs))) seen.add(*trace, layout);
  }
  std::vector<std::string> at_counts;
  for (const std::size_t units : rungs_of(
           options, quick ? std::vector<std::size_t>{64} : std::vector<std::size_t>{64, 1000})) {
    // More units than cores cannot meet; their CPU time over wall time says the same.
    const Layout layout{units, 3, 0};
    const auto trace = rounds.run(make_program(layout, units > 64 ? 100'000 : 500'000));
    if (!trace) break;
    at_counts.push_back(std::to_string(units) +
                        " units: " + fixed(best_cpu_over_wall(*trace, layout), 2));
  }
  if (auto spoiled = rounds.spoiled(TraitId::kParallelism)) return *spoiled;
  Observation observation = conclude(seen);
  observation.evidence.set("cores", cores).set("cpu_over_wall_at", at_counts);
  rounds.describe(observation);
  return observation;
}

}  // namespace assay
