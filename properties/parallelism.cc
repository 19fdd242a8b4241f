// Two witnesses of two units that run at once, both needed:
// - A rendezvous: units answer each other dozens of times, and the kernel counted next to no
//   switches meanwhile. Units that take turns need a switch for every answer.
// - CPU time over wall time of spinning units above 1, which turns on one core cannot reach.
// That neither was seen means nothing on a machine too busy to run two units at once. So "one at a
// time" needs more: a unit that spins keeps its sibling from the next step on any core, however
// much CPU time it uses; or a control, processes that did the same in the same minute, and were
// seen.
// Where the first units run at once, so must some pair of those far behind them: if one that spins
// always keeps the other from the next step, they run one at a time. That one pair does means
// nothing, as a runtime may give some units a kernel task in common.
#include <sched.h>

#include <algorithm>
#include <random>
#include <set>

#include "models/process/fork.h"
#include "properties/kernel_rounds.h"

namespace assay {
namespace {

constexpr std::uint32_t kSections = 8;      // Each is a rendezvous and then a window.
constexpr std::uint32_t kAnswers = 25;      // Of a rendezvous.
constexpr std::uint32_t kPatienceUs = 100;  // CPU time for one answer; a cache line takes 0.1 us.
constexpr std::int64_t kMostSwitches = kAnswers / 4;
// Short, so that units that have just met are still running at its end, on a busy machine too.
constexpr std::int64_t kWindowNs = 200'000;
constexpr double kBothRan = 1.2;
constexpr double kTookTurns = 1.1;
// If control and runtime were alike, all these successes would be the control's once in 16,384.
constexpr std::uint64_t kControlSuccesses = 14;

// A unit that is ready gets a turn while its sibling uses so much CPU time, on a busy machine too.
constexpr std::uint32_t kExclusionUs = 60'000;
constexpr std::uint64_t kExclusions = 3;

// Pairs of units that share one of a few kernel tasks by chance are hardly ever all that were
// tried.
constexpr std::uint64_t kPairs = 16;

// Channels, and the steps before the first section.
constexpr std::uint32_t kReady = 0;
constexpr std::uint32_t kGo = 1;
constexpr std::size_t kTaskStep = 0;
constexpr std::size_t kProcessStep = 1;

std::size_t cores_allowed() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  return static_cast<std::size_t>(CPU_COUNT(&allowed));
}

/// Sections stand at the end of each unit's steps, behind a meeting.
struct Layout {
  std::size_t units;
  std::uint32_t sections;
  std::uint32_t answers;
  bool meet;

  /// Two counters of switches, the answers, the counters again; the time, a spin, the time.
  [[nodiscard]] std::size_t section_steps() const { return 2 + answers * units + 2 + 3; }
  [[nodiscard]] std::size_t section(const UnitTrace& unit, std::size_t s) const {
    return unit.events.size() - (sections - s) * section_steps();
  }
};

void add_meeting(std::vector<Step>& steps, std::uint32_t unit, std::size_t units) {
  if (unit == 0) {
    steps.insert(steps.end(), units - 1, receive(kReady));
    steps.insert(steps.end(), units - 1, send(kGo, 1));
  } else {
    steps.insert(steps.end(), {send(kReady, 1), receive(kGo)});
  }
}

void add_switches(std::vector<Step>& steps) {
  steps.push_back(record(Identity::kVoluntarySwitches));
  steps.push_back(record(Identity::kInvoluntarySwitches));
}

std::vector<Step> steps_of(const Layout& layout, std::uint32_t unit, std::int64_t window_ns) {
  std::vector<Step> steps{record(Identity::kKernelTask), record(Identity::kProcess)};
  if (layout.meet) add_meeting(steps, unit, layout.units);
  std::int64_t round = 0;
  for (std::uint32_t section = 0; section < layout.sections; ++section) {
    add_switches(steps);
    for (std::uint32_t i = 0; i < layout.answers; ++i) {
      steps.push_back(write(Region::kSharedMapping, unit, ++round));
      for (std::uint32_t other = 0; other < layout.units; ++other) {
        if (other == unit) continue;
        steps.push_back(spin_until(Region::kSharedMapping, other, round, kPatienceUs));
      }
    }
    add_switches(steps);
    steps.insert(steps.end(),
                 {record(Identity::kTimeNs), spin(window_ns), record(Identity::kTimeNs)});
  }
  return steps;
}

Program make_program(const Layout& layout, std::int64_t window_ns) {
  Program program;
  program.channels = 2;
  for (std::uint32_t unit = 0; unit < layout.units; ++unit) {
    program.units.push_back(steps_of(layout, unit, window_ns));
  }
  return program;
}

/// Both say that they go on, and the first spins until it has heard of the second.
Program make_exclusion() {
  Program program;
  program.channels = 2;
  program.units.resize(2);
  for (std::uint32_t unit = 0; unit < 2; ++unit) {
    auto& steps = program.units[unit];
    add_meeting(steps, unit, 2);
    steps.push_back(write(Region::kSharedMapping, unit, 1));
    steps.push_back(spin_until(Region::kSharedMapping, 1 - unit, 1, kExclusionUs));
  }
  return program;
}

/// Two of many units.
struct Pair {
  std::size_t units;
  std::size_t first;
  std::size_t second;
};

/// The two do what the units of `program` do, and the others end at once.
Program among_many(Program program, const Pair& pair) {
  std::vector<std::vector<Step>> of_two(pair.units, {yield(1)});
  of_two.swap(program.units);
  program.units[pair.first] = std::move(of_two[0]);
  program.units[pair.second] = std::move(of_two[1]);
  return program;
}

Trace trace_of(const Pair& pair, Trace trace) {
  trace.units = {std::move(trace.units[pair.first]), std::move(trace.units[pair.second])};
  return trace;
}

/// Every other unit answered this one in time, all the section long.
bool answered(const UnitTrace& unit, const Layout& layout, std::size_t section) {
  const std::size_t first = layout.section(unit, section) + 2;
  for (std::size_t i = 0; i < layout.answers * layout.units; ++i) {
    const bool is_write = i % layout.units == 0;
    if (!is_write && unit.at(first + i)->value != 1) return false;
  }
  return layout.answers > 0;
}

std::int64_t switches(const UnitTrace& unit, const Layout& layout, std::size_t section) {
  const std::size_t before = layout.section(unit, section);
  const std::size_t after = before + 2 + layout.answers * layout.units;
  return unit.at(after)->value - unit.at(before)->value + unit.at(after + 1)->value -
         unit.at(before + 1)->value;
}

/// When everybody was answered by everybody, each answer was given after the one before had been
/// seen: with hardly a switch, they ran at once. Returns how often the units met.
std::uint64_t meetings(const Trace& trace, const Layout& layout) {
  std::uint64_t met = 0;
  for (std::size_t section = 0; section < layout.sections; ++section) {
    bool all = true;
    std::int64_t sum = 0;
    for (const UnitTrace& unit : trace.units) {
      all = all && answered(unit, layout, section);
      sum += switches(unit, layout, section);
    }
    if (all && sum <= kMostSwitches) ++met;
  }
  return met;
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
    const std::size_t at = layout.section(unit, window + 1) - 3;
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

/// Of the program of an exclusion.
bool met_while_spinning(const Trace& trace) {
  return trace.units[0].events.back().value == 1 && trace.units[1].events.back().value == 1;
}

/// What all rounds showed.
struct Seen {
  std::uint64_t rounds = 0;
  std::uint64_t sections = 0;
  std::uint64_t met = 0;
  std::uint64_t control_successes = 0;
  std::uint64_t excluded = 0;  ///< Times that a spinning unit kept its sibling from going on.
  std::uint64_t met_spinning = 0;
  std::uint64_t excluded_pairs = 0;  ///< The same, far behind the first units.
  double ratio = 0;
  bool one_task = true;

  void add(const Trace& trace, const Layout& layout) {
    ++rounds;
    sections += layout.sections;
    const std::size_t tasks = kernel_tasks(trace);
    ratio = std::max(ratio, best_cpu_over_wall(trace, layout));
    one_task = one_task && tasks == 1;
    // One kernel task cannot meet itself, whatever made it look so.
    if (tasks == layout.units) met += meetings(trace, layout);
  }

  void add_control(const Trace& trace, const Layout& layout) {
    if (trace.completed() && best_cpu_over_wall(trace, layout) > kBothRan) ++control_successes;
  }

  void add_exclusion(const Trace& trace) {
    ++(met_while_spinning(trace) ? met_spinning : excluded);
  }

  [[nodiscard]] bool parallel() const { return met > 0 && ratio > kBothRan; }
  [[nodiscard]] bool no_sign() const { return met == 0 && ratio <= kTookTurns; }
  [[nodiscard]] bool one_at_a_time() const {
    return rounds > 0 && no_sign() &&
           (one_task || (met_spinning == 0 && excluded >= kExclusions) ||
            control_successes >= kControlSuccesses);
  }
};

std::string why_one_at_a_time(const Seen& seen) {
  if (seen.one_task) return "and share one kernel task";
  if (seen.met_spinning == 0 && seen.excluded >= kExclusions) {
    return "and one that spun kept the other waiting for " +
           duration_text(std::int64_t{1'000} * kExclusionUs) + " of its CPU time";
  }
  return "where processes ran at once " + std::to_string(seen.control_successes) + " times";
}

Observation conclude(const Seen& seen) {
  Observation observation;
  observation.tries = seen.rounds;
  observation.figure = "CPU/wall " + fixed(seen.ratio, 2);
  observation.evidence.set("meetings", seen.met)
      .set("meetings_tried", seen.sections)
      .set("answers_a_meeting", kAnswers)
      .set("best_cpu_over_wall", seen.ratio)
      .set("control_rounds_that_ran_at_once", seen.control_successes)
      .set("times_a_spinning_unit_kept_its_sibling_waiting", seen.excluded)
      .set("pairs_far_behind_the_first_of_which_one_kept_the_other_waiting", seen.excluded_pairs);
  const std::string ratio = "CPU time over wall time was at most " + fixed(seen.ratio, 2) + " in " +
                            std::to_string(seen.rounds) + " rounds";
  const std::string met = std::to_string(seen.met) + " of " + std::to_string(seen.sections) +
                          " times units answered each other " + std::to_string(kAnswers) +
                          " times with hardly a kernel switch";
  // The table of a whole program is long, and every section of it is the same.
  observation.counterexample = to_table(make_program({2, 1, 2, true}, kWindowNs)) +
                               "and so on, with " + std::to_string(kAnswers) + " answers; " + met +
                               "\n";
  if (seen.parallel() && seen.excluded_pairs >= kPairs) {
    observation.reason = "the first units run at once, but in " + std::to_string(kPairs) +
                         " pairs of those behind them one that spun kept the other waiting for " +
                         duration_text(std::int64_t{1'000} * kExclusionUs) + " of its CPU time; " +
                         met;
    observation.counterexample = to_table(make_exclusion()) + "by any two of many units\n";
  } else if (seen.parallel()) {
    observation.allowed = observation.witnessed = {Parallelism::kParallel};
    observation.reason = met + "; " + ratio;
  } else if (seen.one_at_a_time()) {
    observation.allowed = {Parallelism::kOneAtATime};
    observation.reason =
        std::string("units never met while both ran, ") + why_one_at_a_time(seen) + "; " + ratio;
  } else {
    observation.allowed = {Parallelism::kParallel, Parallelism::kOneAtATime};
    observation.tries = 0;  // None of them could have told.
    observation.reason = "the machine is too busy to tell: " + met + "; " + ratio +
                         "; processes ran at once in " + std::to_string(seen.control_successes);
  }
  return observation;
}

/// Rounds of units that try to meet, until it is known whether they can.
void try_to_meet(Rounds& rounds, std::size_t cores, const ProbeOptions& options, Seen& seen) {
  const Budget budget(options, std::chrono::milliseconds(600), std::chrono::milliseconds(2500));
  const std::size_t all = std::min<std::size_t>(cores, 16);
  const std::uint64_t at_least = is_quick(options) ? 3 : 5;
  while (!rounds.failed() && !(seen.rounds > 0 && budget.spent())) {
    const bool known = seen.parallel() || seen.one_at_a_time();
    if (seen.rounds >= at_least && known) return;
    // Two units, and in turn with that as many as there are cores. Every other two rounds without
    // a meeting before: a kernel wakes units on the core of their waker, but starts them apart.
    const Layout layout{seen.rounds % 2 == 0 ? 2 : all, kSections, kAnswers, seen.rounds % 4 < 2};
    const Program program = make_program(layout, kWindowNs);
    const auto trace = rounds.run(program);
    if (!trace) return;
    seen.add(*trace, layout);
    if (!seen.no_sign() || seen.one_task) continue;
    seen.add_control(fork_runtime().run(program), layout);
  }
}

/// Two units that are no longer among the first quarter.
Pair random_pair(std::size_t units, std::mt19937_64& random) {
  const std::size_t from = units / 4;
  const auto draw = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
  const std::size_t first = from + draw(units - from - 1);
  return {units, first, first + 1 + draw(units - first - 1)};
}

/// Whether of many units some pair far behind the first goes on while one of them spins.
void try_pairs(Rounds& rounds, std::size_t units, const ProbeOptions& options, Seen& seen) {
  std::mt19937_64 random(options.seed);
  while (seen.excluded_pairs < kPairs) {
    const Pair pair = random_pair(units, random);
    const auto trace = rounds.run(among_many(make_exclusion(), pair));
    if (!trace || met_while_spinning(trace_of(pair, *trace))) return;
    ++seen.excluded_pairs;
  }
}

/// Whether one that spins keeps the other from going on, where they were not seen to run at once.
void try_to_exclude(Rounds& rounds, Seen& seen) {
  while (seen.rounds > 0 && seen.no_sign() && !seen.one_at_a_time() && seen.met_spinning == 0) {
    const auto trace = rounds.run(make_exclusion());
    if (!trace) return;
    seen.add_exclusion(*trace);
  }
}

}  // namespace

static Observation observe_parallelism(Runtime& runtime, const ProbeOptions& options) {
  const std::size_t cores = cores_allowed();
  if (cores < 2) {
    return not_measured(trait(TraitId::kParallelism),
                        "needs two cores; this process may use one (see `taskset -p $$`)");
  }
  const bool quick = is_quick(options);
  Rounds rounds(runtime);
  Seen seen;
  try_to_meet(rounds, cores, options, seen);
  try_to_exclude(rounds, seen);
  const std::vector<std::size_t> rungs =
      rungs_of(options, quick ? std::vector<std::size_t>{64} : std::vector<std::size_t>{64, 1000});
  const std::size_t many = std::min<std::size_t>(rungs.back(), 64);
  if (seen.parallel() && many >= 8) try_pairs(rounds, many, options, seen);
  std::vector<std::string> at_counts;
  for (const std::size_t units : rungs) {
    // More units than cores cannot meet; their CPU time over wall time says the same.
    const Layout layout{units, 3, 0, true};
    const auto trace = rounds.run(make_program(layout, units > 64 ? 100'000 : 500'000));
    if (!trace) break;
    seen.ratio = std::max(seen.ratio, best_cpu_over_wall(*trace, layout));
    at_counts.push_back(std::to_string(units) +
                        " units: " + fixed(best_cpu_over_wall(*trace, layout), 2));
  }
  if (auto spoiled = rounds.spoiled(TraitId::kParallelism)) return *spoiled;
  Observation observation = conclude(seen);
  observation.evidence.set("cores", cores).set("cpu_over_wall_at", at_counts);
  rounds.describe(observation);
  return observation;
}

static const ProbeRegistration kRegistered(TraitId::kParallelism, &observe_parallelism);

}  // namespace assay
