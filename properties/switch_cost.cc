/// Context switch cost: two units on one core that hand a turn back and forth.
#include <algorithm>

#include "models/pinning.h"
#include "models/sanitized.h"
#include "properties/cost_comparison.h"
#include "properties/quantity.h"
#include "properties/statistics.h"

namespace assay {
namespace {

/// A switch loads and stores a turn and jumps: two cycles of the fastest machine.
constexpr double kFloorNs = 0.4;
/// A yield between two units cannot cost this many times the switch that it makes.
constexpr double kMostOverhead = 50;

Program message_ping_pong(std::uint32_t round_trips) {
  Program program;
  program.channels = 2;
  program.one_core = true;
  program.units.resize(2);
  for (std::uint32_t i = 0; i < round_trips; ++i) {
    program.units[0].push_back(send(0, i));
    program.units[0].push_back(receive(1));
    program.units[1].push_back(receive(0));
    program.units[1].push_back(send(1, i));
  }
  return program;
}

Program yields(std::size_t units, std::uint32_t each) {
  Program program;
  program.one_core = true;
  program.units.assign(units, {yield(each)});
  return program;
}

/// Long enough that the creation of two units is a small part of it.
GenericSample time_messages(Runtime& runtime) {
  constexpr std::uint32_t kRoundTrips = 1'000;
  return time_program(runtime, message_ping_pong(kRoundTrips), 2.0 * kRoundTrips);
}

/// Creation included: an upper bound of what a yield costs.
GenericSample time_two_yielding(Runtime& runtime) {
  constexpr std::uint32_t kYields = 2'000;
  return time_program(runtime, yields(2, kYields), 2.0 * kYields);
}

GenericSample time_yields(Runtime& runtime, std::size_t units, std::uint32_t total) {
  const auto each = static_cast<std::uint32_t>(std::max<std::size_t>(2, total / units));
  return time_programs(runtime, yields(units, each + 1), yields(units, 1),
                       static_cast<double>(units) * each);
}

CostSubject ping_pong(NativeCosts& costs, int core_a, int core_b) {
  CostSubject subject;
  subject.run = [&costs, core_a, core_b](std::uint64_t switches) {
    return costs.ping_pong(switches, core_a, core_b);
  };
  subject.own_time = [&costs] { return costs.own_time(); };
  subject.own_cpu_time = [&costs] { return costs.own_cpu_time(); };
  subject.least = 2;
  subject.subtracts_setup = true;  // Two units are made before they switch.
  return subject;
}

const CostQuestion& question() {
  static const CostQuestion kQuestion{
      TraitId::kSwitchCost,
      "a switch",
      "native hooks: two units on one core hand a turn back and forth",
      "a program: two units on one core send a message back and forth",
      kFloorNs,
      kMostOverhead,
      [](NativeCosts& costs, int core) { return ping_pong(costs, core, core); },
      &time_messages,
      &time_two_yielding,
  };
  return kQuestion;
}

/// Two cores, reported apart: what is measured there is the wake-up of an idle core.
void add_cross_core(Runtime& runtime, const ProbeOptions& options, Evidence& evidence) {
  const std::vector<int> cores = allowed_cores();
  NativeCosts* costs = runtime.native_costs();
  if (costs == nullptr || !costs->runs_across_cores()) return;
  if (cores.size() < 2) {
    evidence.set("cross_core", "not measured: this process may use one core");
    return;
  }
  CostPlan plan;
  plan.core = cores[0];
  plan.rounds = options.effort == Effort::kQuick ? 5 : 30;
  plan.sample = std::chrono::milliseconds(2);  // A wake-up takes some 40 us.
  plan.waiting_counts = true;
  plan.distance = [&] { return core_distance_ns(cores[0], cores[1]); };
  const std::vector<CostSubject> subjects{ping_pong(*costs, cores[0], cores[1])};
  const CostSeries series = measure(subjects, plan);
  const std::vector<double> samples = series.subjects[0].accepted();
  evidence.set("cross_core_distance_ns", series.distance);
  evidence.set("cross_core_discarded_rounds", series.discarded);
  if (samples.empty()) {
    const std::string& problem = series.subjects[0].problem;
    evidence.set("cross_core",
                 "not measured: " + (problem.empty() ? "the cores' distance moved" : problem));
    return;
  }
  const Estimate ns = bootstrap_median(samples, options.seed);
  evidence.set("cross_core_ns", ns.value);
  evidence.set("cross_core_ns_low", ns.interval.low);
  evidence.set("cross_core_ns_high", ns.interval.high);
}

void add_variants(Runtime& runtime, const ProbeOptions& options, Evidence& evidence) {
  NativeCosts* costs = runtime.native_costs();
  if (costs == nullptr) return;
  const int core = allowed_cores().at(0);
  for (const CostVariant& variant : costs->variants()) {
    if (variant.creates) continue;
    CostSubject subject;
    subject.run = [&](std::uint64_t switches) { return variant.run(switches, core); };
    subject.least = 2;
    subject.subtracts_setup = true;
    CostPlan plan;
    plan.rounds = options.effort == Effort::kQuick ? 7 : 30;
    const CostSeries series = measure({&subject, 1}, plan);
    const std::vector<double> samples = series.subjects[0].accepted();
    if (!samples.empty()) evidence.set(variant.name + "_ns", median(samples));
  }
}

std::vector<std::size_t> unit_counts(const ProbeOptions& options) {
  if (!options.units.empty()) return options.units;
  if (options.effort == Effort::kQuick || kSanitized) return {2, 64};
  return {2, 64, 1'000};
}

/// What a yield costs when more units take turns: caches make it dearer. A limit or a bound ends
/// the list; any other failure of a program without a fault is returned.
std::string add_yields(Runtime& runtime, const ProbeOptions& options, Evidence& evidence) {
  const std::uint32_t yields_in_all = options.effort == Effort::kQuick ? 4'000 : 20'000;
  std::vector<double> counts;
  std::vector<double> ns;
  for (const std::size_t units : unit_counts(options)) {
    const GenericSample sample = time_yields(runtime, units, yields_in_all);
    if (!sample.failure.empty() && !sample.refused) {
      return "at " + count_text(units) + " units: " + sample.failure;
    }
    if (sample.refused) {
      evidence.set("yield_stopped", count_text(units) + " units: " + sample.failure);
      break;
    }
    counts.push_back(static_cast<double>(units));
    ns.push_back(sample.ns);
  }
  evidence.set("yield_units", std::move(counts));
  evidence.set("yield_ns", std::move(ns));
  return "";
}

}  // namespace

static Observation observe_switch_cost(Runtime& runtime, const ProbeOptions& options) {
  Observation observation = compare_costs(question(), runtime, options);
  if (!observation.measured || observation.allowed.empty()) return observation;
  const std::string failure = add_yields(runtime, options, observation.evidence);
  if (!failure.empty()) {
    observation.allowed = {};
    observation.reason = "a program of yields did not complete " + failure;
    return observation;
  }
  add_variants(runtime, options, observation.evidence);
  add_cross_core(runtime, options, observation.evidence);
  return observation;
}

static const ProbeRegistration kRegistered(TraitId::kSwitchCost, &observe_switch_cost);

}  // namespace assay
