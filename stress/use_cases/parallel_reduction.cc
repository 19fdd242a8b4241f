#include "stress/use_cases/parallel_reduction.h"

#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "models/host.h"
#include "models/process/fork.h"
#include "models/shared_mapping.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kElements = 1 << 15;
constexpr int kMostRounds = 1'000;
constexpr int kMostUnits = 64;

double ns_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

std::vector<std::uint64_t> data_of(std::uint64_t seed) {
  std::vector<std::uint64_t> data(kElements);
  for (auto& element : data) element = seed = seed * 6'364'136'223'846'793'005 + 1'442'695'041;
  return data;
}

/// How many elements take about `ns` on one core.
std::uint64_t elements_for(std::span<const std::uint64_t> data, double ns) {
  double best_ns = 1e18;
  volatile std::uint64_t kept = 0;
  for (int i = 0; i < 3; ++i) {
    const auto start = Clock::now();
    kept = kept + reduce(data, 0, 4 * kElements);
    best_ns = std::min(best_ns, ns_since(start));
  }
  return static_cast<std::uint64_t>(4 * kElements * std::max(ns / best_ns, 0.25));
}

int cores_allowed() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? std::min(CPU_COUNT(&set), kMostUnits) : 1;
}

/// What two processes that spin at once get.
struct Spin {
  std::atomic<int> spinning;
  std::array<double, 2> cpu_ns;
};

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Spins for `ns`, together with the other one if that comes.
void spin(Spin& spin, std::size_t index, double ns) {
  const auto called = Clock::now();
  ++spin.spinning;
  while (spin.spinning < 2 && ns_since(called) < ns) {
  }
  const double cpu_before = cpu_ns();
  const auto start = Clock::now();
  while (ns_since(start) < ns) {
  }
  spin.cpu_ns.at(index) = (cpu_ns() - cpu_before) / ns_since(start);
}

double cores_given(double ns) {
  const SharedMapping memory(sizeof(Spin));
  auto& shared = *memory.at<Spin>(0);
  const pid_t other = fork();
  if (other == 0) {
    spin(shared, 1, ns);
    _exit(0);
  }
  if (other < 0) return 1;
  spin(shared, 0, ns);
  waitpid(other, nullptr, 0);
  return shared.cpu_ns[0] + shared.cpu_ns[1];
}

/// What the host leaves behind.
struct Samples {
  std::array<ReductionRound, kMostRounds> rounds;
  int count;
};

class Reduction {
 public:
  Reduction(BodyRuntime& runtime, const ReductionOptions& options, int cores)
      : runtime_(&runtime),
        options_(&options),
        cores_(static_cast<std::size_t>(cores)),
        data_(data_of(options.seed)),
        elements_(elements_for(data_, static_cast<double>(options.sample.count()))),
        expected_(reduce(data_, 0, elements_)) {}

  /// Rounds until enough of them count, or the time is over.
  void run(Samples& samples) {
    const auto start = Clock::now();
    sample(cores_);
    for (int counted = 0; counted < options_->rounds && samples.count < kMostRounds;) {
      ReductionRound& round = samples.rounds.at(static_cast<std::size_t>(samples.count));
      round.one_ns = sample(1);
      round.many_ns = sample(cores_);
      round.cores_given = cores_given(round.many_ns / 2);
      ++samples.count;
      if (round.cores_given > kTwoCores) ++counted;
      // A loaded machine gets as long again to give two cores.
      const double spent = ns_since(start) / static_cast<double>(options_->duration.count());
      if (spent > (counted < kFewestRounds ? 2 : 1)) return;
    }
  }

 private:
  /// The wall time of the reduction by `units` units. Throws when it fails or its result is wrong.
  double sample(std::size_t units) {
    Clock::time_point start;
    double wall_ns = 0;
    Bodies bodies;
    bodies.count = units;
    bodies.reports = units;
    bodies.bound = options_->bound;
    bodies.before = [&](std::byte*) { start = Clock::now(); };
    bodies.after = [&](std::byte*) { wall_ns = ns_since(start); };
    bodies.task = [&](Unit& unit) -> Task {
      const std::uint64_t index = unit.index();
      unit.report(reduce(data_, elements_ * index / units, elements_ * (index + 1) / units));
      co_return;
    };
    const BodyResult result = runtime_->run_here(bodies);
    check(result, units);
    return wall_ns;
  }

  void check(const BodyResult& result, std::size_t units) const {
    if (!result.completed()) throw std::runtime_error(result.failure());
    std::uint64_t sum = 0;
    for (const auto& reports : result.reports) {
      for (const std::uint64_t part : reports) sum += part;
    }
    if (sum == expected_) return;
    throw std::runtime_error("expected the sum " + std::to_string(expected_) + ", found " +
                             std::to_string(sum) + " by " + std::to_string(units) + " units");
  }

  BodyRuntime* runtime_;
  const ReductionOptions* options_;
  std::size_t cores_;
  std::vector<std::uint64_t> data_;
  std::uint64_t elements_;
  std::uint64_t expected_;
};

std::string with_interval(const Estimate& speed_up) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2fx [%.2f, %.2f]", speed_up.value,
                speed_up.interval.low, speed_up.interval.high);
  return text.data();
}

}  // namespace

std::uint64_t reduce(std::span<const std::uint64_t> data, std::uint64_t from, std::uint64_t to) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = from; i < to; ++i) {
    std::uint64_t hash = data[i % data.size()] + i;
    hash = (hash ^ hash >> 30) * 0xbf58'476d'1ce4'e5b9;
    hash = (hash ^ hash >> 27) * 0x94d0'49bb'1331'11eb;
    sum += hash ^ hash >> 31;
  }
  return sum;
}

ReductionResult judge_speed_up(std::vector<ReductionRound> rounds, int cores, std::uint64_t seed) {
  ReductionResult result;
  result.cores = cores;
  result.rounds = std::move(rounds);
  std::vector<double> one;
  std::vector<double> many;
  for (const ReductionRound& round : result.rounds) {
    if (round.cores_given <= kTwoCores) continue;
    one.push_back(round.one_ns);
    many.push_back(round.many_ns);
  }
  result.counted = static_cast<int>(one.size());
  if (result.counted < kFewestRounds) {
    result.reason = "the machine had two cores to give in " + std::to_string(result.counted) +
                    " of " + std::to_string(result.rounds.size()) + " rounds only";
    return result;
  }
  result.speed_up = bootstrap_ratio(one, many, seed);
  result.reason = with_interval(result.speed_up) + " with " + std::to_string(cores) + " units on " +
                  std::to_string(cores) + " cores";
  if (result.speed_up.interval.low > kSpeedUp) {
    result.outcome = UseCaseOutcome::kWorked;
  } else if (result.speed_up.interval.high < kNoSpeedUp) {
    result.outcome = UseCaseOutcome::kFailed;
    result.reason = "no speed-up: " + result.reason + ", which two processes had at that time";
  }
  return result;
}

namespace {

bool one_kernel_task(BodyRuntime& runtime) {
  Program program;
  program.units.assign(2, {record(Identity::kKernelTask), record(Identity::kProcess)});
  const Trace trace = runtime.run(program);
  if (!trace.completed()) return false;
  const auto same = [&](std::size_t step) {
    return trace.units[0].at(step)->value == trace.units[1].at(step)->value;
  };
  return same(0) && same(1);
}

ReductionResult measure(BodyRuntime& runtime, const ReductionOptions& options, int cores) {
  ReductionResult failed;
  failed.cores = cores;
  const SharedMapping memory(sizeof(Samples));
  auto& samples = *memory.at<Samples>(0);
  const HostResult host =
      run_in_host({.bound = options.bound + options.duration, .linger = {}, .linger_bound = {}},
                  [&] { Reduction(runtime, options, cores).run(samples); });
  if (!host.end.ok()) {
    failed.outcome = UseCaseOutcome::kFailed;
    failed.reason = "the reduction failed: " + to_string(host.end);
    return failed;
  }
  return judge_speed_up({samples.rounds.begin(), samples.rounds.begin() + samples.count}, cores,
                        options.seed);
}

}  // namespace

ReductionResult decide_parallel_reduction(BodyRuntime& runtime, const ReductionMachine& machine) {
  const ReductionResult first = machine.measure(runtime);
  const bool slow = first.outcome == UseCaseOutcome::kFailed && first.counted >= kFewestRounds;
  if (!slow || machine.one_kernel_task(runtime)) return first;
  ReductionResult control = machine.measure(fork_runtime());
  if (control.outcome == UseCaseOutcome::kWorked) return machine.measure(runtime);
  control.outcome = UseCaseOutcome::kUndecided;
  control.reason = "the machine is too busy: " + first.reason +
                   ", but the same reduction by processes had no speed-up either";
  return control;
}

ReductionResult run_parallel_reduction(BodyRuntime& runtime, const ReductionOptions& options) {
  const int cores = cores_allowed();
  if (cores < 2) {
    ReductionResult undecided;
    undecided.cores = cores;
    undecided.reason = "a speed-up needs two cores; this process may use one";
    return undecided;
  }
  return decide_parallel_reduction(
      runtime,
      {[&](BodyRuntime& measured) { return measure(measured, options, cores); }, one_kernel_task});
}

}  // namespace assay
