// Who switches: two units on one core hand a message back and forth, and the kernel's switch
// counters are held against the number of switches made. Then many units say which kernel task
// runs them while all are alive: as many as there are units, one, or something between; and whether
// it is the same after they gave way or slept. Where it is one for all, no kernel gives a unit its
// turn: then a ready unit must get one while its siblings give way.
#include <algorithm>
#include <array>
#include <set>

#include "properties/kernel_rounds.h"
#include "properties/program_maker.h"

namespace assay {
namespace {

// Steps at both ends: kernel task and the two counters.
constexpr std::size_t kEnds = 3;

std::vector<Step> identities() {
  return {record(Identity::kKernelTask), record(Identity::kVoluntarySwitches),
          record(Identity::kInvoluntarySwitches)};
}

Program ping_pong(std::uint32_t round_trips) {
  Program program;
  program.channels = 2;
  program.one_core = true;
  program.units.assign(2, identities());
  for (std::uint32_t i = 0; i < round_trips; ++i) {
    program.units[0].insert(program.units[0].end(), {send(0, i), receive(1)});
    program.units[1].insert(program.units[1].end(), {receive(0), send(1, i)});
  }
  for (auto& steps : program.units) {
    const auto last = identities();
    steps.insert(steps.end(), last.begin(), last.end());
  }
  return program;
}

constexpr std::int64_t kShortNs = 200'000;

/// Every unit is alive until unit 0 has heard of all.
Program roll_call(std::size_t units) {
  const std::size_t others = units - 1;
  const std::vector<Step> identity{record(Identity::kKernelTask), record(Identity::kProcess)};
  Program program;
  program.channels = 2;
  program.units.assign(units, identity);
  for (std::size_t u = 1; u < units; ++u) {
    program.units[u].insert(program.units[u].end(), {send(0, 1), receive(1)});
  }
  auto& first = program.units.front();
  first.insert(first.end(), others, receive(0));
  first.insert(first.end(), others, send(1, 1));
  // And then whether a unit goes on elsewhere after it gave way, or slept.
  const std::vector<Step> again{yield(), record(Identity::kKernelTask), sleep(kShortNs),
                                record(Identity::kKernelTask)};
  for (auto& steps : program.units) steps.insert(steps.end(), again.begin(), again.end());
  return program;
}

/// Units that are all ready at the same time, of which each gives way so many times.
struct Turns {
  std::uint32_t units;
  std::uint32_t gives_way;
};
/// In these a ready sibling gets one turn, whoever of it and the others is favoured.
constexpr std::array<Turns, 2> kTurns{{{2, 2'000}, {16, 300}}};

/// All units are ready from the release on; each says that it had a turn, gives way, and looks
/// whether the others had one.
Program all_ready(const Turns& turns) {
  ProgramMaker maker(turns.units);
  maker.barrier();
  for (std::uint32_t unit = 0; unit < turns.units; ++unit) {
    maker.append(unit, write(Region::kHeap, unit, 1));
    maker.append(unit, yield(turns.gives_way));
    for (std::uint32_t other = 1; other < turns.units; ++other) {
      maker.append(unit, read(Region::kHeap, (unit + other) % turns.units));
    }
  }
  return maker.take();
}

/// What all rounds showed.
struct Seen {
  std::uint64_t round_trips = 0;
  std::uint64_t rounds = 0;
  std::uint64_t own_tasks = 0;  ///< Rounds in which each unit had a kernel task of its own.
  std::uint64_t one_task = 0;   ///< Rounds in which both had the same.
  std::uint64_t moved = 0;      ///< Rounds in which a unit changed its kernel task.
  std::uint64_t by_kernel = 0;  ///< Rounds in which the kernel made at least half of the switches.
  std::uint64_t past_kernel = 0;     ///< Rounds in which it made less than a quarter.
  std::vector<double> kernel_share;  ///< Of each round: the kernel's switches over those made.
  std::vector<std::string> roll;
  bool fewer_tasks = false;  ///< Units shared kernel tasks, more than one.
  std::string roll_fault;
  std::string starved;  ///< Who got no turn, or empty.
  Turns starving{};     ///< When that was.

  void add_turns(const Turns& turns, const Trace& trace);
  void add(const Trace& trace);
  void add_roll(const Trace& trace);
};

void Seen::add(const Trace& trace) {
  ++rounds;
  std::int64_t least = INT64_MAX;  // Of the two units: each must be switched by the kernel.
  std::int64_t sum = 0;
  bool changed = false;
  for (const UnitTrace& unit : trace.units) {
    const std::size_t last = unit.events.size() - kEnds;
    const std::int64_t switches =
        unit.at(last + 1)->value - unit.at(1)->value + unit.at(last + 2)->value - unit.at(2)->value;
    least = std::min(least, switches);
    sum += switches;
    changed = changed || unit.at(last)->value != unit.at(0)->value;
  }
  const bool same = trace.units[0].at(0)->value == trace.units[1].at(0)->value;
  if (changed) ++moved;
  ++(same ? one_task : own_tasks);
  // Of one shared task each unit sees the same counters: then one of the two counts for both.
  const auto made = static_cast<double>(round_trips);
  const double share =
      same ? static_cast<double>(least) / (2 * made) : static_cast<double>(sum) / (2 * made);
  kernel_share.push_back(share);
  if (static_cast<double>(least) >= made / 2) ++by_kernel;
  if (share < 0.25) ++past_kernel;
}

void Seen::add_roll(const Trace& trace) {
  std::set<std::pair<std::int64_t, std::int64_t>> tasks;
  bool changed = false;
  for (const UnitTrace& unit : trace.units) {
    tasks.emplace(unit.at(1)->value, unit.at(0)->value);
    const std::size_t last = unit.events.size() - 1;
    for (const std::size_t after : {last - 2, last}) {
      changed = changed || unit.at(after)->value != unit.at(0)->value;
    }
  }
  if (changed) ++moved;
  const std::string text = std::to_string(trace.units.size()) + " units on " +
                           std::to_string(tasks.size()) + " kernel tasks";
  roll.push_back(text);
  if (tasks.size() == 1 || tasks.size() == trace.units.size()) return;
  fewer_tasks = true;
  roll_fault = text;
}

void Seen::add_turns(const Turns& turns, const Trace& trace) {
  for (std::uint32_t unit = 0; unit < turns.units && starved.empty(); ++unit) {
    const auto& events = trace.units[unit].events;
    for (std::uint32_t other = 1; other < turns.units; ++other) {
      if (events[events.size() - turns.units + other].value != 0) continue;
      starving = turns;
      starved = "unit " + std::to_string((unit + other) % turns.units) +
                ", which was ready, got no turn while unit " + std::to_string(unit) + " gave way " +
                std::to_string(turns.gives_way) + " times, among " + std::to_string(turns.units);
      break;
    }
  }
}

std::string reason_of(const Seen& seen, const std::string& share) {
  const std::string tail = ": the kernel made " + share +
                           " of the switches between them (median of " +
                           std::to_string(seen.rounds) + " rounds)";
  if (seen.fewer_tasks) return seen.roll_fault + ", neither one each nor one for all" + tail;
  if (!seen.starved.empty()) return seen.starved + tail;
  if (seen.moved > 0) return "units moved between kernel tasks" + tail;
  if (seen.one_task == seen.rounds) return "both units ran in one kernel task" + tail;
  if (seen.own_tasks == seen.rounds) return "each unit was a kernel task" + tail;
  return "units were a kernel task each in some rounds and shared one in others" + tail;
}

Observation conclude(Seen seen, const Program& program) {
  Observation observation;
  observation.tries = seen.rounds;
  observation.evidence.set("round_trips", seen.round_trips)
      .set("kernel_switches_over_switches", seen.kernel_share)
      .set("kernel_tasks", seen.roll);
  auto& shares = seen.kernel_share;
  std::nth_element(shares.begin(), shares.begin() + shares.size() / 2, shares.end());
  const double median = shares[shares.size() / 2];
  const std::string share = fixed(100 * median, median < 0.1 ? 1 : 0) + "%";
  const bool units_stay = seen.moved == 0 && !seen.fewer_tasks;
  if (units_stay && seen.own_tasks == seen.rounds && seen.by_kernel > 0) {
    observation.allowed = observation.witnessed = {Scheduling::kOsKernel};
  } else if (units_stay && seen.one_task == seen.rounds && seen.past_kernel > 0 &&
             seen.starved.empty()) {
    observation.allowed = {Scheduling::kUserSpace};
  }
  observation.figure = share + " by the kernel";
  observation.reason = reason_of(seen, share);
  observation.counterexample = to_table(program).substr(0, 400) + "... and so on, " +
                               std::to_string(seen.round_trips) + " times\n";
  if (!seen.starved.empty()) observation.counterexample = to_table(all_ready(seen.starving));
  return observation;
}

}  // namespace

static Observation observe_scheduling(Runtime& runtime, const ProbeOptions& options) {
  const bool quick = is_quick(options);
  const Budget budget(options, std::chrono::milliseconds(300), std::chrono::milliseconds(1500));
  Rounds rounds(runtime);
  Seen seen;
  seen.round_trips = kSanitized ? 300 : quick ? 1000 : 5000;
  const Program program = ping_pong(static_cast<std::uint32_t>(seen.round_trips));
  for (int i = 0; i < 3 && (i == 0 || !budget.spent()); ++i) {
    if (const auto trace = rounds.run(program)) seen.add(*trace);
  }
  for (const std::size_t units : rungs_of(options, quick ? std::vector<std::size_t>{2, 64}
                                                         : std::vector<std::size_t>{2, 64, 1000})) {
    if (const auto trace = rounds.run(roll_call(units))) seen.add_roll(*trace);
  }
  if (seen.rounds > 0 && seen.one_task == seen.rounds) {
    for (const Turns& turns : kTurns) {
      if (const auto trace = rounds.run(all_ready(turns))) seen.add_turns(turns, *trace);
    }
  }
  if (auto spoiled = rounds.spoiled(TraitId::kScheduling)) return *spoiled;
  if (seen.rounds == 0) {
    return not_measured(trait(TraitId::kScheduling), "two units could not be started at once");
  }
  Observation observation = conclude(std::move(seen), program);
  rounds.describe(observation);
  return observation;
}

static const ProbeRegistration kRegistered(TraitId::kScheduling, &observe_scheduling);

}  // namespace assay
