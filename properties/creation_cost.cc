/// Creation overhead: creation and join of one unit, and of many at once.
#include <algorithm>

#include "models/pinning.h"
#include "models/sanitized.h"
#include "properties/cost_comparison.h"
#include "properties/least_effort.h"
#include "properties/quantity.h"
#include "properties/statistics.h"

namespace assay {
namespace {

/// A frame is allocated, filled, resumed and released: five cycles of the fastest machine.
constexpr double kFloorNs = 1;
/// A program's unit has a log, a record of its end and a cold start beside its creation.
constexpr double kMostOverhead = 2'000;
/// How many units at once.
constexpr std::uint64_t kMany = 100;
/// A sanitizer's units are ten times heavier and more; and a sweep has little time.
constexpr std::uint64_t kFew = 10;

Program short_units(std::size_t count) {
  Program program;
  program.one_core = true;
  program.units.assign(count, {yield(1)});
  return program;
}

CostSubject creation(NativeCosts& costs, std::uint64_t batch) {
  CostSubject subject;
  subject.run = [&costs, batch](std::uint64_t units) {
    return costs.create_and_join(units / batch, batch);
  };
  subject.own_time = [&costs] { return costs.own_time(); };
  subject.own_cpu_time = [&costs] { return costs.own_cpu_time(); };
  subject.least = batch;
  return subject;
}

template <std::uint64_t kUnits>
GenericSample time_units(Runtime& runtime) {
  return time_program(runtime, short_units(kUnits), static_cast<double>(kUnits));
}

template <std::uint64_t kUnits>
const CostQuestion& one_at_a_time() {
  static const CostQuestion kQuestion{
      TraitId::kCreationCost,
      "creation and join",
      "native hooks: units created and joined one at a time",
      kUnits == kMany ? "a program of 100 units that yield once"
                      : "a program of 10 units that yield once",
      kFloorNs,
      kMostOverhead,
      [](NativeCosts& costs, int) { return creation(costs, 1); },
      &time_units<kUnits>,
      &time_units<kUnits>,
      true,
  };
  return kQuestion;
}

/// The generic form is a batch already.
template <std::uint64_t kUnits>
const CostQuestion& in_a_batch() {
  static const CostQuestion kQuestion{
      TraitId::kCreationCost,
      kUnits == kMany ? "creation and join of each of 100 at once"
                      : "creation and join of each of 10 at once",
      "native hooks: a batch of units created, then all joined",
      "",
      kFloorNs,
      kMostOverhead,
      [](NativeCosts& costs, int) { return creation(costs, kUnits); },
      {},
      {},
  };
  return kQuestion;
}

/// Holds for one at a time and for a batch; where the two contradict each other, nothing is
/// decided.
void add_batch(std::uint64_t units, const Observation& batch, Observation& observation) {
  if (!batch.measured) {
    observation.evidence.set("batch", "not measured: " + batch.reason);
    return;
  }
  observation.evidence.set("batch_units", units);
  for (const auto& [name, value] : batch.evidence.items()) {
    observation.evidence.set("batch_" + name, value);
  }
  observation.tries += batch.tries;
  observation.reason += "; " + batch.reason;
  const ValueSet both = observation.allowed & batch.allowed;
  observation.allowed = both.empty() ? ValueSet::all(trait(TraitId::kCreationCost)) : both;
}

/// What a creation costs when its parent has more memory: fork copies page tables, vfork does not.
void add_parent_memory(Runtime& runtime, const ProbeOptions& options, Evidence& evidence) {
  NativeCosts* costs = runtime.native_costs();
  if (costs == nullptr) return;
  std::vector<CostSubject> subjects{creation(*costs, 1)};
  subjects[0].name = "creation";
  const std::vector<CostVariant> variants = costs->variants();
  const int core = allowed_cores().at(0);
  for (const CostVariant& variant : variants) {
    if (!variant.creates) continue;
    CostSubject subject;
    subject.name = variant.name;
    subject.run = [&variant, core](std::uint64_t units) { return variant.run(units, core); };
    subjects.push_back(std::move(subject));
  }
  std::vector<double> mebibytes{0, 64};
  if (options.effort == Effort::kDefault) mebibytes.push_back(256);
  if (kSanitized) mebibytes = {0, 16};
  std::vector<std::vector<double>> ns(subjects.size());
  for (const double mib : mebibytes) {
    CostPlan plan;
    plan.rounds = options.effort == Effort::kQuick ? 5 : 9;
    plan.parent_bytes = static_cast<std::size_t>(mib) << 20U;
    const CostSeries series = measure(subjects, plan);
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      const std::vector<double> samples = series.subjects[s].accepted();
      ns[s].push_back(samples.empty() ? 0 : median(samples));
    }
  }
  evidence.set("parent_mib", mebibytes);
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    evidence.set(subjects[s].name + "_ns_by_parent_mib", ns[s]);
  }
}

template <std::uint64_t kUnits>
Observation observe(Runtime& runtime, const ProbeOptions& options) {
  Observation observation = compare_costs(one_at_a_time<kUnits>(), runtime, options);
  if (!observation.measured || observation.allowed.empty()) return observation;
  // A hook that was found out is not asked again.
  if (observation.evidence.find("native_rejected") == nullptr) {
    add_batch(kUnits, compare_costs(in_a_batch<kUnits>(), runtime, options), observation);
  }
  if (!least_effort(options)) add_parent_memory(runtime, options, observation.evidence);
  return observation;
}

}  // namespace

static Observation observe_creation_cost(Runtime& runtime, const ProbeOptions& options) {
  const bool few = kSanitized || least_effort(options);
  return few ? observe<kFew>(runtime, options) : observe<kMany>(runtime, options);
}

static const ProbeRegistration kRegistered(TraitId::kCreationCost, &observe_creation_cost);

}  // namespace assay
