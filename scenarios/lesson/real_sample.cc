#include "scenarios/lesson/real_sample.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>

#include "models/host.h"
#include "models/shared_mapping.h"

namespace assay {
namespace {

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Outcomes by name; further ones are counted in `runs` alone.
constexpr std::size_t kMostOutcomes = 256;

/// Written by hosts, read by the caller.
struct Tally {
  std::atomic<std::int64_t> begun_ns{0};
  std::uint64_t runs = 0;
  std::uint64_t wrong = 0;
  std::uint64_t not_completed = 0;
  std::size_t kinds = 0;
  std::array<RealSample::Seen, kMostOutcomes> seen;

  void add(const RealRun& run) {
    ++runs;
    const bool is_wrong = !run.broken.empty();
    if (is_wrong) ++wrong;
    if (!run.outcome) {
      ++not_completed;
      return;
    }
    auto* const end = seen.data() + kinds;
    auto* at = std::find_if(seen.data(), end,
                            [&](const auto& known) { return known.outcome == *run.outcome; });
    if (at == end) {
      if (kinds == kMostOutcomes) return;
      *at = {*run.outcome, 0, 0};
      ++kinds;
    }
    ++at->count;
    if (is_wrong) ++at->wrong;
  }
};

}  // namespace

RealSample sample_real(const Scenario& scenario, std::size_t units, BodyRuntime& runtime,
                       const SampleLimits& limits) {
  const SharedMapping mapping(sizeof(Tally));
  auto& tally = *new (mapping.data()) Tally;
  const std::int64_t deadline = now_ns() + limits.time.count();
  RealSample sample;
  sample.runtime = runtime.info().name;
  const auto goes_on = [&] {
    return tally.runs + sample.hung < limits.runs && now_ns() < deadline;
  };
  while (goes_on() && sample.hung < limits.hung) {
    HostOptions options;
    options.bound = limits.bound;
    options.bound_from_ns = &tally.begun_ns;
    tally.begun_ns = now_ns();
    const HostResult host = run_in_host(options, [&] {
      while (goes_on()) {
        tally.begun_ns = now_ns();
        tally.add(scenario.run_on(runtime, units, false, limits.bound));
      }
    });
    if (host.end.ok()) continue;
    if (host.end.kind == EndKind::kGaveUp) {
      ++sample.hung;
      continue;
    }
    sample.trouble = "a run ended its process: it " + to_string(host.end);
    break;
  }
  sample.runs = tally.runs + sample.hung;
  sample.hung += tally.not_completed;
  sample.wrong = tally.wrong + sample.hung;
  sample.outcomes.assign(tally.seen.begin(),
                         tally.seen.begin() + static_cast<std::ptrdiff_t>(tally.kinds));
  std::sort(sample.outcomes.begin(), sample.outcomes.end(),
            [](const auto& a, const auto& b) { return a.outcome < b.outcome; });
  return sample;
}

}  // namespace assay
