// A unit spins without yielding while siblings on the same core have something to do. The bound is
// CPU time of the spinner, far above a scheduler's slice, so that a busy machine cannot forge "no".
#include <algorithm>
#include <array>
#include <random>

#include "properties/kernel_rounds.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::uint32_t kSpinning = 0;  // Cell: the spinner is past its last operation that waits.
constexpr std::uint32_t kProgress = 1;  // Cell: how many siblings went on.
constexpr std::uint32_t kReady = 0;     // Channels.
constexpr std::uint32_t kFirst = 1;
constexpr std::uint32_t kRest = 2;
constexpr Region kCell = Region::kSharedMapping;  // Visible to every runtime's units.

struct Layout {
  std::size_t units;
  std::size_t spinner;
  [[nodiscard]] std::uint32_t siblings() const { return static_cast<std::uint32_t>(units - 1); }
  [[nodiscard]] std::size_t first() const { return spinner == 0 ? 1 : 0; }
  /// The spinner's step that spins; before it stand the receipts, a record, a send and a write.
  [[nodiscard]] std::size_t spin_step() const { return siblings() + 3; }
};
// Steps around the spin, and of the first sibling.
constexpr std::size_t kReadAfterSpin = 1;
constexpr std::size_t kFirstSpins = 2;

/// The first sibling waits, spinning too, until the spinner spins: were it resumed inside of the
/// spinner's send, it would wait in vain and not forge progress. Then it wakes the others.
std::vector<Step> first_sibling(const Layout& layout, std::uint32_t bound_us) {
  std::vector<Step> steps{send(kReady, 1), receive(kFirst),
                          spin_until(kCell, kSpinning, 1, bound_us)};
  steps.insert(steps.end(), layout.siblings() - 1, send(kRest, 1));
  return steps;
}

Program make_program(const Layout& layout, std::uint32_t bound_us) {
  Program program;
  program.channels = 3;
  program.locks = 1;
  program.one_core = true;
  program.units.assign(layout.units, {send(kReady, 1), receive(kRest)});
  program.units[layout.first()] = first_sibling(layout, bound_us);
  for (auto& steps : program.units) {
    steps.insert(steps.end(), {lock(0), add(kCell, kProgress, 1), unlock(0)});
  }
  auto& spinner = program.units[layout.spinner];
  spinner.assign(layout.siblings(), receive(kReady));
  spinner.insert(spinner.end(), {record(Identity::kInvoluntarySwitches), send(kFirst, 1),
                                 write(kCell, kSpinning, 1),
                                 spin_until(kCell, kProgress, layout.siblings(), bound_us),
                                 read(kCell, kProgress), record(Identity::kInvoluntarySwitches)});
  return program;
}

struct Reading {
  std::int64_t progressed;  ///< Siblings that went on while the spinner spun.
  std::int64_t cpu_ns;      ///< CPU time that the spinner had used by then.
  std::int64_t switches;    ///< Times that the kernel took the core away from it.
};

Reading read_trace(const Trace& trace, const Layout& layout) {
  const UnitTrace& spinner = trace.units[layout.spinner];
  const std::size_t at = layout.spin_step();
  const bool saw_spinning = trace.units[layout.first()].at(kFirstSpins)->value == 1;
  return {saw_spinning ? spinner.at(at + kReadAfterSpin)->value : 0,
          static_cast<std::int64_t>(spinner.at(at)->aux),
          spinner.at(at + 2)->value - spinner.at(layout.siblings())->value};
}

/// Each of so many units spins in turn. Where no sibling goes on, it spins for longer: a bound is
/// CPU time of the spinner, of which others on its core would get a slice.
constexpr std::size_t kInTurn = 8;
constexpr std::array<std::uint32_t, 3> kHarderUs{60'000, 200'000, 400'000};

/// What all rounds showed.
struct Seen {
  std::vector<double> cpu_ms_to_progress;
  std::uint64_t without = 0;
  std::int64_t least_cpu_without_ns = 0;
  std::int64_t switches = 0;
  std::string program_with;
  std::string program_without;
  std::string kept;  ///< Which unit kept its siblings from going on where others did not, or empty.

  void add(const Program& program, const Reading& reading) {
    switches += reading.switches;
    std::string shown = to_table(program) + std::to_string(reading.progressed) +
                        " siblings went on while the spinner used " +
                        duration_text(reading.cpu_ns) + " of CPU time\n";
    if (reading.progressed > 0) {
      cpu_ms_to_progress.push_back(static_cast<double>(reading.cpu_ns) / 1e6);
      if (program_with.empty()) program_with = std::move(shown);
      return;
    }
    if (++without == 1) {
      least_cpu_without_ns = reading.cpu_ns;
      program_without = std::move(shown);
    }
    least_cpu_without_ns = std::min(least_cpu_without_ns, reading.cpu_ns);
  }
};

Observation conclude(Seen seen) {
  Observation observation;
  auto& with = seen.cpu_ms_to_progress;
  observation.tries = with.size() + seen.without;
  observation.evidence.set("rounds_with_progress", with.size())
      .set("rounds_without_progress", seen.without)
      .set("involuntary_switches_of_spinners", seen.switches);
  if (with.empty()) {
    const std::string cpu = duration_text(seen.least_cpu_without_ns);
    observation.allowed = {Preemption::kNo};
    observation.figure = "none in " + cpu + " CPU";
    observation.reason = "no sibling made progress in " + std::to_string(seen.without) +
                         " rounds in each of which a unit spun for " + cpu +
                         " of CPU time or more on the same core";
    observation.counterexample = seen.program_without;
    observation.evidence.set("spinner_cpu_ns", seen.least_cpu_without_ns);
    return observation;
  }
  observation.evidence.set("spinner_cpu_ms_until_all_progressed", with);
  std::nth_element(with.begin(), with.begin() + with.size() / 2, with.end());
  const std::string median = duration_text(static_cast<std::int64_t>(with[with.size() / 2] * 1e6));
  if (!seen.kept.empty()) {
    observation.reason = seen.kept + ", and some while others spun";
    observation.counterexample = seen.program_without;
    return observation;
  }
  observation.allowed = observation.witnessed = {Preemption::kYes};
  observation.figure = "after " + median + " CPU";
  observation.reason = "siblings made progress in " + std::to_string(with.size()) + " of " +
                       std::to_string(observation.tries) +
                       " rounds while a unit spun on the same core, after " + median +
                       " of its CPU time (median)";
  observation.counterexample = seen.program_with;
  return observation;
}

/// Whether one unit keeps its siblings from going on where others are preempted.
void look_at_each(Rounds& rounds, Seen& seen) {
  for (std::size_t spinner = 0; spinner < kInTurn; ++spinner) {
    const Layout layout{kInTurn, spinner};
    for (const std::uint32_t bound_us : kHarderUs) {
      const Program program = make_program(layout, bound_us);
      const auto trace = rounds.run(program);
      if (!trace) return;
      const Reading reading = read_trace(*trace, layout);
      if (reading.progressed > 0) break;
      if (bound_us != kHarderUs.back()) continue;
      seen.add(program, reading);
      seen.kept = "no sibling made progress while unit " + std::to_string(spinner) + " of " +
                  std::to_string(kInTurn) + " spun for " + duration_text(reading.cpu_ns) +
                  " of CPU time on the same core";
      return;
    }
  }
}

}  // namespace

static Observation observe_preemption(Runtime& runtime, const ProbeOptions& options) {
  const bool quick = is_quick(options);
  const Budget budget(options, std::chrono::milliseconds(200), std::chrono::milliseconds(1200));
  std::mt19937_64 random(options.seed);
  Rounds rounds(runtime);
  Seen seen;
  for (const std::size_t units : rungs_of(options, quick ? std::vector<std::size_t>{2, 64}
                                                         : std::vector<std::size_t>{2, 64, 1000})) {
    if (seen.without + seen.cpu_ms_to_progress.size() > 0 && budget.spent()) break;
    // The spinner starts first, last, and somewhere between.
    const std::uint32_t bound_us = quick ? 60'000 : units == 2 ? 200'000 : 100'000;
    std::vector<std::size_t> spinners{0, units - 1};
    if (units > 2 && !quick) spinners.push_back(1 + random() % (units - 2));
    for (const std::size_t spinner : spinners) {
      const Layout layout{units, spinner};
      const Program program = make_program(layout, bound_us);
      if (const auto trace = rounds.run(program)) seen.add(program, read_trace(*trace, layout));
    }
    if (options.progress) options.progress("preemption: " + std::to_string(units) + " units");
  }
  if (!seen.cpu_ms_to_progress.empty()) look_at_each(rounds, seen);
  if (auto spoiled = rounds.spoiled(TraitId::kPreemption)) return *spoiled;
  Observation observation = conclude(std::move(seen));
  rounds.describe(observation);
  return with_generated_cases(std::move(observation), TraitId::kPreemption, runtime, options);
}

static const ProbeRegistration kRegistered(TraitId::kPreemption, &observe_preemption);

}  // namespace assay
