#include "stress/pairs.h"

#include <sys/resource.h>

#include <ctime>
#include <vector>

#include "properties/statistics.h"

namespace assay {
namespace {

int failed = 0;

/// User and system time of this process and of the children that it waited for.
double cpu_ns_of_all() {
  double sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      sum += static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
    }
  }
  return sum;
}

double now_ns(TimedBy clock) {
  if (clock == TimedBy::kCpuOfAll) return cpu_ns_of_all();
  timespec now{};
  clock_gettime(clock == TimedBy::kWall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Nanoseconds per operation; negative when the side did not do its work.
double time_of(const Side& side, TimedBy clock, std::uint64_t operations) {
  const double start = now_ns(clock);
  const std::uint64_t done = side();
  const double took = now_ns(clock) - start;
  return done == operations ? took / static_cast<double>(operations) : -1;
}

}  // namespace

int failures() { return failed; }

void compare(benchmark::State& state, TimedBy clock, std::uint64_t operations, const Side& baseline,
             const Side& layer) {
  std::vector<double> baseline_ns;
  std::vector<double> layer_ns;
  time_of(baseline, clock, operations);
  time_of(layer, clock, operations);
  for (auto _ : state) {
    const bool layer_first = baseline_ns.size() % 2 == 1;
    if (layer_first) layer_ns.push_back(time_of(layer, clock, operations));
    baseline_ns.push_back(time_of(baseline, clock, operations));
    if (!layer_first) layer_ns.push_back(time_of(layer, clock, operations));
    if (baseline_ns.back() < 0 || layer_ns.back() < 0) {
      ++failed;
      state.SkipWithError("a side did not do the operations that it was asked for");
      return;
    }
    state.SetIterationTime(layer_ns.back() * static_cast<double>(operations) * 1e-9);
  }
  constexpr std::uint64_t kSeed = 1;
  const Estimate ratio = bootstrap_ratio(layer_ns, baseline_ns, kSeed);
  state.counters["ratio"] = ratio.value;
  state.counters["low"] = ratio.interval.low;
  state.counters["high"] = ratio.interval.high;
  state.counters["hand_ns"] = median(baseline_ns);
  state.counters["layer_ns"] = median(layer_ns);
}

}  // namespace assay
