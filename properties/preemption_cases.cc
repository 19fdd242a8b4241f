// The property of preemption: a unit spins while siblings on the same core have something to do, in
// one of several ways. The bound of the spin is the spinner's CPU time.
#include <algorithm>
#include <limits>

#include "properties/plan_cases.h"
#include "properties/program_maker.h"
#include "properties/property.h"

namespace assay {
namespace {

constexpr std::string_view kFirst = "a spinner that starts first";
constexpr std::string_view kLast = "a spinner that starts last";
constexpr std::string_view kWaits = "a sibling that waits for a message";
constexpr std::string_view kYields = "a sibling that yields";
constexpr std::string_view kSleeps = "a sibling that sleeps";

constexpr std::uint32_t kSpinning = 0;  // Cell: the spinner is past its last operation that waits.
constexpr std::uint32_t kProgress = 1;  // Cell: how many siblings went on.
constexpr Region kCell = Region::kSharedMapping;  // Visible to every runtime's units.
constexpr std::uint32_t kReady = 0;               // Channels.
constexpr std::uint32_t kWaker = 1;
constexpr std::uint32_t kRest = 2;

/// What a sibling does between its wake-up and its progress.
struct Role {
  std::uint32_t yields = 0;
  std::int64_t sleep_ns = 0;
};

struct Cast {
  std::uint32_t spinner = 0;
  std::uint32_t waker = 0;  ///< Spins until the spinner does, and wakes the other siblings.
  std::vector<Role> roles;
};

/// No sibling yields more often than `most_yields` says.
Cast cast_of(const Plan& plan, std::uint32_t most_yields) {
  Cast cast;
  cast.spinner = plan.moves.empty() ? 0 : plan.moves.front().unit;
  cast.waker = cast.spinner == 0 ? 1 : 0;
  cast.roles.resize(plan.units);
  for (const Move& move : plan.moves) {
    if (move.step.op == Op::kYield) cast.roles[move.unit].yields += move.step.count;
    if (move.step.op == Op::kSleep) cast.roles[move.unit].sleep_ns += move.step.value + 1;
  }
  for (Role& role : cast.roles) role.yields = std::min(role.yields, most_yields);
  return cast;
}

std::vector<std::string_view> labels_of(const Plan& plan, const Cast& cast) {
  std::vector<std::string_view> labels;
  if (cast.spinner == 0) labels.push_back(kFirst);
  if (cast.spinner + 1 == plan.units) labels.push_back(kLast);
  const auto any = [&](auto does) {
    for (std::uint32_t unit = 0; unit < plan.units; ++unit) {
      if (unit != cast.spinner && does(unit, cast.roles[unit])) return true;
    }
    return false;
  };
  if (any([&](std::uint32_t unit, const Role&) { return unit != cast.waker; })) {
    labels.push_back(kWaits);
  }
  if (any([](std::uint32_t, const Role& role) { return role.yields > 0; })) {
    labels.push_back(kYields);
  }
  if (any([](std::uint32_t, const Role& role) { return role.sleep_ns > 0; })) {
    labels.push_back(kSleeps);
  }
  return labels;
}

/// Where the trace says what came of it.
struct Reading {
  Place waker_saw;  ///< The waker's wait for the spinner.
  Place spin;
  Place progress;
};

/// Progress is the sibling's only if the spinner spun by then: were the waker resumed inside of the
/// spinner's send, it would wait in vain.
Finding judge_progress(const Trace& trace, const Reading& reading) {
  const auto event = [&](const Place& place) { return trace.units[place.unit].at(place.step); };
  const Event* saw = event(reading.waker_saw);
  const Event* spin = event(reading.spin);
  const Event* progress = event(reading.progress);
  Finding finding;
  if (saw == nullptr || spin == nullptr || progress == nullptr) return finding;
  finding.tries = 1;
  const std::string spun = " while unit " + std::to_string(reading.spin.unit) + " spun for " +
                           std::to_string(spin->aux) + " ns of CPU time on the same core";
  if (saw->value == 1 && progress->value > 0) {
    finding.exclude(Preemption::kNo, std::to_string(progress->value) + " siblings went on" + spun);
    finding.witness(Preemption::kYes);
  } else {
    finding.exclude_if_not_slow(Preemption::kYes, "no sibling went on" + spun);
  }
  return finding;
}

void append_sibling(ProgramMaker& maker, std::uint32_t unit, const Cast& cast,
                    std::uint32_t bound_us, Reading& reading) {
  maker.append(unit, send(kReady, 1));
  if (unit == cast.waker) {
    maker.append(unit, receive(kWaker));
    reading.waker_saw = maker.append(unit, spin_until(kCell, kSpinning, 1, bound_us));
    for (std::uint32_t other = 2; other < maker.units(); ++other)
      maker.append(unit, send(kRest, 1));
  } else {
    maker.append(unit, receive(kRest));
  }
  const Role& role = cast.roles[unit];
  if (role.yields > 0) maker.append(unit, yield(role.yields));
  if (role.sleep_ns > 0) maker.append(unit, sleep(role.sleep_ns));
  maker.append(unit, lock(0));
  maker.append(unit, add(kCell, kProgress, 1));
  maker.append(unit, unlock(0));
}

void append_spinner(ProgramMaker& maker, const Cast& cast, std::uint32_t bound_us,
                    Reading& reading) {
  const std::uint32_t siblings = maker.units() - 1;
  for (std::uint32_t i = 0; i < siblings; ++i) maker.append(cast.spinner, receive(kReady));
  maker.append(cast.spinner, send(kWaker, 1));
  maker.append(cast.spinner, write(kCell, kSpinning, 1));
  reading.spin = maker.append(cast.spinner, spin_until(kCell, kProgress, siblings, bound_us));
  reading.progress = maker.append(cast.spinner, read(kCell, kProgress));
}

Case made_of(const Plan& plan, std::uint32_t bound_us, std::uint32_t most_yields) {
  Case made;
  ProgramMaker maker(plan.units);
  for (const Move& move : plan.moves) {
    if (move.step.op != Op::kYield && move.step.op != Op::kSleep) {
      maker.append(move.unit, move.step);
    }
  }
  if (plan.units < 2) {
    made.program = maker.take();
    made.judge = [](const Trace&) { return Finding{}; };
    return made;
  }
  const Cast cast = cast_of(plan, most_yields);
  Reading reading;
  for (std::uint32_t unit = 0; unit < plan.units; ++unit) {
    if (unit != cast.spinner) append_sibling(maker, unit, cast, bound_us, reading);
  }
  append_spinner(maker, cast, bound_us, reading);
  maker.use_lock();
  made.program = maker.take();
  made.program.channels = 3;
  made.program.one_core = true;
  made.labels = labels_of(plan, cast);
  made.judge = [reading](const Trace& trace) { return judge_progress(trace, reading); };
  return made;
}

/// A scheduler's slice may be longer than the bound of the first try; these are many slices. Each
/// yield gives one to the spinner, and so the slower cases have fewer: enough of them would fill
/// any bound.
Case case_of_plan(const Plan& plan) {
  constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();
  Case made = made_of(plan, 3'000, kAny);
  made.slower = [plan] {
    return std::vector<Case>{made_of(plan, 60'000, 1), made_of(plan, 200'000, 0)};
  };
  return made;
}

rc::Gen<Case> cases(std::size_t units) {
  const Mix mix{
      .kinds = {{Kind::kYield, 4}, {Kind::kSleep, 3}, {Kind::kSpin, 2}, {Kind::kRecord, 2}},
      .most_moves = 48,
      .ordered = false};
  return cases_from(plans(mix, units), &case_of_plan);
}

const PropertyRegistration kSpinners({TraitId::kPreemption,
                                      "SiblingsOfASpinnerGoOnAsTheValueSays",
                                      &cases,
                                      {kFirst, kLast, kWaits, kYields, kSleeps},
                                      {Preemption::kYes}});

}  // namespace
}  // namespace assay
