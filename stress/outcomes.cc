#include "stress/outcomes.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "models/host.h"
#include "models/pinning.h"
#include "models/shared_mapping.h"
#include "stress/sampler.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;
using controlled::FailureKind;

constexpr std::size_t kBatches[] = {256, 2048, 16384};
constexpr std::size_t kStrides[] = {1, 3, 7, 17};
/// Units that hang are waited for: not behind many samples that block.
constexpr std::size_t kBatchWhereUnitsHang = 256;

bool hangs(const ScenarioInfo& info) {
  return info.defect == FailureKind::kDeadlock || info.defect == FailureKind::kLostWakeup ||
         info.defect == FailureKind::kLivelock;
}

/// True where each unit is a kernel task of its own, which runs the tight loop and can be pinned.
bool has_kernel_units(BodyRuntime& runtime) {
  const std::string& name = runtime.info().name;
  return name == "std_thread" || name == "fork";
}

/// "0,1" as the outcome that has this text.
Outcome parsed(const std::string& numbers, std::size_t units) {
  Outcome outcome(units);
  const char* from = numbers.data();
  const char* const end = from + numbers.size();
  while (from < end) {
    std::int64_t value = 0;
    from = std::from_chars(from, end, value).ptr + 1;
    outcome.record(value);
  }
  return outcome;
}

std::vector<Outcome> wanted(const ScenarioInfo& info, std::size_t units) {
  std::vector<Outcome> all;
  if (units != info.units) return all;
  for (const ExpectedOutcome& expected : info.outcomes) {
    if (expected.reach != Reach::kSc) all.push_back(parsed(expected.numbers, units));
  }
  return all;
}

std::vector<Setting> settings(const SampleOptions& options, const ScenarioInfo& info, bool pins,
                              const Topology& topology) {
  std::vector<Placement> placements = options.placements;
  if (!pins) placements = {Placement::kAny};
  if (placements.empty()) placements = topology.placements();
  std::vector<std::size_t> batches = options.batches;
  if (batches.empty()) batches.assign(std::begin(kBatches), std::end(kBatches));
  if (options.batches.empty() && hangs(info)) batches = {kBatchWhereUnitsHang};
  std::vector<std::size_t> strides = options.strides;
  if (strides.empty()) strides.assign(std::begin(kStrides), std::end(kStrides));
  std::vector<Setting> all;
  for (const Placement placement : placements) {
    for (const std::size_t batch : batches) {
      for (const std::size_t stride : strides)
        all.push_back({placement, std::bit_ceil(std::max<std::size_t>(batch, 2)), stride | 1});
    }
  }
  return all;
}

void check(const SampleOptions& options, const Topology& topology) {
  if (options.runtime == nullptr) throw std::invalid_argument("sample: expected a runtime");
  if (options.private_memory && options.runtime->info().model != Model::kProcess)
    throw std::invalid_argument("private memory: expected a runtime of processes, found " +
                                options.runtime->info().name);
  for (const Placement placement : options.placements) {
    if (!topology.has(placement))
      throw std::invalid_argument(std::string("placement ") + name_of(placement) +
                                  ": this machine has no such cores");
  }
}

void add(std::vector<Seen>& all, const OutcomeTally& tally) {
  for (const OutcomeTally::Entry& entry : tally.entries()) {
    if (entry.count == 0) continue;
    const char* broken = entry.outcome.broken() != nullptr ? entry.outcome.broken() : "";
    const std::string numbers = entry.outcome.text();
    const auto known = std::find_if(all.begin(), all.end(), [&](const Seen& seen) {
      return seen.numbers == numbers && seen.broken == broken;
    });
    if (known != all.end()) {
      known->count += entry.count;
    } else {
      all.push_back({numbers, broken, entry.count});
    }
  }
  std::sort(all.begin(), all.end(), [](const Seen& a, const Seen& b) {
    return a.count != b.count ? a.count > b.count : a.numbers < b.numbers;
  });
}

std::uint64_t total(const OutcomeTally& tally) {
  std::uint64_t sum = tally.others();
  for (const OutcomeTally::Entry& entry : tally.entries()) sum += entry.count;
  return sum;
}

/// True when units hung and nothing worse befell them.
bool were_given_up(const BodyResult& result) {
  bool given_up = false;
  for (const End& end : result.ends) {
    if (!end.ok() && end.kind != EndKind::kGaveUp) return false;
    given_up |= !end.ok();
  }
  return given_up && result.host.ok();
}

/// Runs `work(stuck)` in hosts until the deadline, a new one whenever units are stuck.
template <typename Prepare, typename Work>
void in_hosts(Histogram& histogram, const HostOptions& host, Clock::time_point deadline,
              const Prepare& prepare, const Work& work) {
  const SharedMapping told(sizeof(bool));
  auto& stuck = *told.at<bool>(0);
  const auto start = Clock::now();
  do {
    stuck = false;
    prepare(histogram.stuck);
    const HostResult result = run_in_host(host, [&] { work(stuck); });
    if (stuck || result.end.kind == EndKind::kGaveUp) {
      ++histogram.stuck;
    } else if (!result.end.ok()) {
      histogram.failure =
          to_string(result.end) + (result.output.empty() ? "" : "\n" + result.output);
      break;
    }
  } while (Clock::now() < deadline);
  histogram.seconds = std::chrono::duration<double>(Clock::now() - start).count();
}

/// What fresh units leave for the caller.
struct FreshRuns {
  std::atomic<std::int64_t> progress_ns;
  OutcomeTally tally;
};

void sample_fresh(Histogram& histogram, const Scenario& scenario, const SampleOptions& options,
                  HostOptions host, Clock::time_point deadline) {
  const SharedMapping mapping(sizeof(FreshRuns));
  auto& runs = *mapping.at<FreshRuns>(0);
  const auto tell = [&runs] {
    runs.progress_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
            .count();
  };
  host.bound_from_ns = &runs.progress_ns;
  in_hosts(
      histogram, host, deadline, [&](std::uint64_t) { tell(); },
      [&](bool& stuck) {
        do {
          const RealRun run = scenario.run_on(*options.runtime, histogram.units, false, host.bound);
          stuck = were_given_up(run.result);
          if (stuck) return;
          if (!run.outcome) throw std::runtime_error(run.result.failure());
          runs.tally.add(*run.outcome);
          tell();
        } while (Clock::now() < deadline);
      });
  histogram.samples = total(runs.tally);
  add(histogram.seen, runs.tally);
}

void sample_batches(Histogram& histogram, const SampleOptions& options, HostOptions host,
                    Clock::time_point deadline, internal::SamplerPlan plan) {
  const std::vector<Setting> swept = plan.settings;
  internal::Sampler sampler(std::move(plan));
  Bodies bodies;
  bodies.count = histogram.units * histogram.groups;
  // The host has a bound of its own, from the last progress.
  bodies.bound = options.duration + 2 * host.bound;
  const bool tight = has_kernel_units(*options.runtime);
  bodies.task = [&sampler, tight](Unit& unit) -> Task {
    if (tight) {
      sampler.run(unit);
    } else {
      co_await sampler.run_suspending(unit);
    }
    co_return;
  };
  host.bound_from_ns = sampler.progress_ns();
  in_hosts(
      histogram, host, deadline, [&](std::uint64_t attempt) { sampler.prepare(deadline, attempt); },
      [&](bool& stuck) {
        const BodyResult result = options.runtime->run_here(bodies);
        stuck = were_given_up(result);
        if (!stuck && !result.completed()) throw std::runtime_error(result.failure());
      });
  for (std::size_t i = 0; i < swept.size(); ++i) {
    const OutcomeTally tally = sampler.tally(i);
    SettingCounts counts{swept[i], total(tally), sampler.seconds(i), {}};
    histogram.samples += counts.samples;
    histogram.others += tally.others();
    add(counts.seen, tally);
    add(histogram.seen, tally);
    histogram.settings.push_back(std::move(counts));
  }
}

}  // namespace

std::uint64_t Histogram::count(const std::string& numbers) const {
  std::uint64_t sum = 0;
  for (const Seen& outcome : seen) sum += outcome.numbers == numbers ? outcome.count : 0;
  return sum;
}

std::uint64_t Histogram::broken() const {
  std::uint64_t sum = 0;
  for (const Seen& outcome : seen) sum += outcome.broken.empty() ? 0 : outcome.count;
  return sum;
}

std::string Histogram::hindrance() const {
  if (!failure.empty()) return "sampling ended early: " + failure;
  return samples == 0 && stuck == 0 ? "no batch ended within the duration" : "";
}

std::uint64_t Histogram::on_two_cores() const {
  std::uint64_t sum = 0;
  for (const SettingCounts& counts : settings) {
    // The kernel may leave all units on one core where they may run anywhere.
    const Placement placement = counts.setting.placement;
    if (placement != Placement::kSame && placement != Placement::kAny) sum += counts.samples;
  }
  return sum;
}

Histogram sample(const Scenario& scenario, const SampleOptions& options) {
  const ScenarioInfo& info = scenario.info();
  const Topology topology = read_topology(allowed_cores());
  check(options, topology);
  Histogram histogram;
  histogram.units = options.units != 0 ? options.units : info.units;
  histogram.seed = options.seed;
  const bool tight = has_kernel_units(*options.runtime);
  const auto samples = scenario.samples(histogram.units, tight);
  HostOptions host;
  host.bound = options.stuck_after;
  if (host.bound.count() == 0) host.bound = std::chrono::seconds(hangs(info) ? 1 : 10);
  const auto deadline = Clock::now() + options.duration;
  if (!options.rendezvous) {
    sample_fresh(histogram, scenario, options, host, deadline);
    return histogram;
  }
  histogram.groups = options.groups;
  if (histogram.groups == 0)
    histogram.groups = std::max<std::size_t>(1, topology.numbers().size() / histogram.units);
  if (!tight) histogram.groups = 1;
  sample_batches(histogram, options, host, deadline,
                 {.samples = samples.get(),
                  .units = histogram.units,
                  .groups = histogram.groups,
                  .private_memory = options.private_memory,
                  .pins = tight,
                  .seed = options.seed,
                  .least_batches = options.least_batches,
                  .settings = settings(options, info, tight, topology),
                  .wanted = wanted(info, histogram.units),
                  .topology = topology});
  return histogram;
}

std::vector<Seen> outcomes_alone(const Scenario& scenario, std::size_t units) {
  const auto samples = scenario.samples(units, true);
  const SharedMapping mapping(sizeof(OutcomeTally));
  auto& tally = *mapping.at<OutcomeTally>(0);
  HostOptions host;
  host.bound = std::chrono::seconds(1);
  const HostResult result = run_in_host(host, [&] {
    constexpr std::align_val_t kAlignment{64};
    const auto instance = static_cast<std::byte*>(::operator new(samples->bytes(), kAlignment));
    batch::Marks marks;
    batch::Shared shared;
    const Samples::Pass pass{instance, &marks, &shared, 0, 0, 1, units};
    samples->make(pass, 0, 1);
    for (std::size_t unit = 0; unit < units; ++unit) {
      samples->run(pass, unit);
      samples->collect(pass, 0, 1, tally);
    }
    ::operator delete(instance, kAlignment);
  });
  std::vector<Seen> seen;
  if (result.end.ok()) add(seen, tally);
  return seen;
}

}  // namespace assay
