// Samples a second of store buffering, two units on two cores: `sample` against the same test by
// hand, in pairs A B B A. Each side is given the same batch and stride.
//
//   threads/hand       against a strided loop, as tight as can be written: `samples` and `weak` are
//                      the ratios of samples and of weak outcomes (0,0) a second, with the 95 %
//                      interval of the first
//   threads/barrier    against a loop that meets at a spin barrier for each sample
//   threads/fresh      against two new threads for each sample
//   processes/threads  `sample` on forked processes against `sample` on threads
//   rendezvous/fresh   how often the race of `hidden_race` shows in a sample and in a second, with
//                      a rendezvous against fresh units
//
// A wrong result (an outcome that cannot be, a sample too many or too few) fails the benchmark.
//
// bazel run --config=opt //stress:outcomes_benchmark
#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "models/pinning.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/statistics.h"
#include "scenarios/scenario.h"
#include "stress/outcomes.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kDuration(100);
constexpr int kPairs = 20;

int failed = 0;

/// What a side did: how often each outcome was seen, 0,0 first, and in which time.
struct Rate {
  std::array<std::uint64_t, 4> seen{};
  double seconds = 0;
  bool wrong = false;

  [[nodiscard]] std::uint64_t sum() const { return seen[0] + seen[1] + seen[2] + seen[3]; }
  [[nodiscard]] double samples() const { return static_cast<double>(sum()) / seconds; }
  [[nodiscard]] double weak() const { return static_cast<double>(seen[0]) / seconds; }
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// ---- By hand. ----

/// As large as an instance of the scenario.
struct Instance {
  std::array<std::atomic<int>, 4> x{};
  std::array<int, 4> seen{};
};

class SpinBarrier {
 public:
  void meet() {
    const unsigned before = epoch_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) == 1) {
      arrived_.store(0, std::memory_order_relaxed);
      epoch_.store(before + 1, std::memory_order_release);
      return;
    }
    for (int spins = 0; epoch_.load(std::memory_order_acquire) == before; ++spins) {
      if (spins % 200 == 199) std::this_thread::yield();
    }
  }

 private:
  alignas(64) std::atomic<unsigned> arrived_{0};
  alignas(64) std::atomic<unsigned> epoch_{0};
};

template <std::size_t kMe>
[[gnu::always_inline]] inline void test(Instance& instance) {
  instance.x[kMe].store(1, std::memory_order_relaxed);
  instance.seen[kMe] = instance.x[1 - kMe].load(std::memory_order_relaxed);
}

void count(Instance& instance, Rate& rate) {
  const int outcome = instance.seen[0] * 2 + instance.seen[1];
  ++rate.seen[static_cast<std::size_t>(outcome)];
  for (auto& x : instance.x) x.store(0, std::memory_order_relaxed);
  instance.seen = {};
}

/// Both threads run `pass`, meet, and count a half each, until the time is over.
class ByHand {
 public:
  explicit ByHand(std::size_t instances) : instances_(instances) {}

  template <typename Pass0, typename Pass1>
  Rate run(Pass0 pass_0, Pass1 pass_1) {
    const std::vector<int> cores = allowed_cores();
    Rate of_1;
    start_ = Clock::now();
    std::thread other([&] {
      const Pinned pinned(cores[1]);
      side(pass_1, instances_.size() / 2, instances_.size(), of_1, false);
    });
    Rate rate;
    {
      const Pinned pinned(cores[0]);
      side(pass_0, 0, instances_.size() / 2, rate, true);
    }
    rate.seconds = seconds_since(start_);
    other.join();
    for (std::size_t i = 0; i < rate.seen.size(); ++i) rate.seen[i] += of_1.seen[i];
    return rate;
  }

  Rate strided(std::size_t stride) {
    return run([&] { strided<0>(stride); }, [&] { strided<1>(stride); });
  }
  Rate meeting_for_each() {
    return run([&] { meeting_for_each<0>(); }, [&] { meeting_for_each<1>(); });
  }

 private:
  template <typename Pass>
  void side(Pass pass, std::size_t from, std::size_t to, Rate& rate, bool leads) {
    for (;;) {
      barrier_.meet();
      if (stop_) return;
      pass();
      barrier_.meet();
      for (std::size_t i = from; i < to; ++i) count(instances_[i], rate);
      if (leads) stop_ = Clock::now() - start_ > kDuration;
    }
  }
  template <std::size_t kMe>
  void strided(std::size_t stride) {
    const std::size_t mask = instances_.size() - 1;
    for (std::size_t i = 0, at = 0; i <= mask; ++i, at = (at + stride) & mask)
      test<kMe>(instances_[at]);
  }
  template <std::size_t kMe>
  void meeting_for_each() {
    for (Instance& instance : instances_) {
      barrier_.meet();
      test<kMe>(instance);
    }
  }

  std::vector<Instance> instances_;
  SpinBarrier barrier_;
  bool stop_ = false;
  Clock::time_point start_;
};

Rate thread_for_each() {
  Rate rate;
  Instance instance;
  const auto start = Clock::now();
  do {
    std::thread a([&] { test<0>(instance); });
    std::thread b([&] { test<1>(instance); });
    a.join();
    b.join();
    count(instance, rate);
  } while (Clock::now() - start < kDuration);
  rate.seconds = seconds_since(start);
  return rate;
}

// ---- By `sample`. ----

Rate sampled(BodyRuntime& runtime, std::size_t batch, std::size_t stride) {
  SampleOptions options;
  options.runtime = &runtime;
  options.duration = kDuration;
  options.placements = {read_topology(allowed_cores()).has(Placement::kSibling)
                            ? Placement::kSibling
                            : Placement::kFar};
  options.batches = {batch};
  options.strides = {stride};
  options.groups = 1;
  const Histogram histogram = sample(*find_scenario("store_buffering"), options);
  Rate rate;
  rate.seen = {histogram.count("0,0"), histogram.count("0,1"), histogram.count("1,0"),
               histogram.count("1,1")};
  // Without the start of the units, as by hand.
  rate.seconds = histogram.settings.at(0).seconds;
  rate.wrong = !histogram.failure.empty() || rate.sum() != histogram.samples ||
               rate.sum() % batch != 0 || histogram.stuck != 0;
  return rate;
}

// ---- Pairs. ----

using Side = std::function<Rate()>;

bool wrong(const Rate& rate) { return rate.wrong || rate.sum() == 0 || rate.seconds <= 0; }

/// The ratio of `ours` to `theirs`, in pairs whose order alternates.
void compare(benchmark::State& state, const Side& ours, const Side& theirs) {
  if (allowed_cores().size() < 2) return state.SkipWithError("it needs two cores");
  std::vector<double> samples[2];
  std::vector<double> weak[2];
  for (auto _ : state) {
    const std::size_t first = samples[0].size() % 2;
    for (const std::size_t side : {first, 1 - first}) {
      const Rate rate = side == 0 ? ours() : theirs();
      if (wrong(rate)) {
        ++failed;
        return state.SkipWithError("a side has wrong results");
      }
      samples[side].push_back(rate.samples());
      weak[side].push_back(std::max(rate.weak(), 1.0));
    }
  }
  const Estimate ratio = bootstrap_ratio(samples[0], samples[1], 1);
  state.counters["samples"] = ratio.value;
  state.counters["low"] = ratio.interval.low;
  state.counters["high"] = ratio.interval.high;
  state.counters["weak"] = median(weak[0]) / median(weak[1]);
  state.counters["ours_per_s"] = median(samples[0]);
  state.counters["theirs_per_s"] = median(samples[1]);
  state.counters["ours_weak_per_s"] = median(weak[0]);
  state.counters["theirs_weak_per_s"] = median(weak[1]);
}

void threads_hand(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const auto stride = static_cast<std::size_t>(state.range(1));
  compare(
      state, [&] { return sampled(std_thread(), batch, stride); },
      [&] { return ByHand(batch).strided(stride); });
}
BENCHMARK(threads_hand)
    ->Name("threads/hand")
    ->ArgNames({"batch", "stride"})
    ->Args({16384, 1})
    ->Args({65536, 1})
    ->Args({16384, 7})
    ->Iterations(kPairs);

constexpr std::size_t kBatch = 16384;

void threads_barrier(benchmark::State& state) {
  compare(
      state, [] { return sampled(std_thread(), kBatch, 1); },
      [] { return ByHand(kBatch).meeting_for_each(); });
}
BENCHMARK(threads_barrier)->Name("threads/barrier")->Iterations(kPairs);

void threads_fresh(benchmark::State& state) {
  compare(state, [] { return sampled(std_thread(), kBatch, 1); }, thread_for_each);
}
BENCHMARK(threads_fresh)->Name("threads/fresh")->Iterations(kPairs);

void processes_threads(benchmark::State& state) {
  compare(
      state, [] { return sampled(fork_runtime(), kBatch, 1); },
      [] { return sampled(std_thread(), kBatch, 1); });
}
BENCHMARK(processes_threads)->Name("processes/threads")->Iterations(kPairs);

// ---- A race that a lock hides. ----

void rendezvous_fresh(benchmark::State& state) {
  std::uint64_t found[2] = {};
  std::uint64_t samples[2] = {};
  double seconds[2] = {};
  for (auto _ : state) {
    for (const std::size_t fresh : {0, 1}) {
      SampleOptions options;
      options.runtime = &std_thread();
      options.duration = 5 * kDuration;
      options.rendezvous = fresh == 0;
      const Histogram histogram = sample(*find_scenario("hidden_race"), options);
      if (histogram.count("1") + histogram.count("2") != histogram.samples ||
          histogram.samples == 0 || !histogram.failure.empty()) {
        ++failed;
        return state.SkipWithError("an outcome that cannot be");
      }
      found[fresh] += histogram.broken();
      samples[fresh] += histogram.samples;
      seconds[fresh] += histogram.seconds;
    }
  }
  const auto share = [&](std::size_t i) { return wilson(found[i], samples[i]); };
  const auto ratio = [](double a, double b) { return b > 0 ? a / b : 0; };
  const auto each = [&](std::size_t i) { return static_cast<double>(found[i]); };
  state.counters["found"] = each(0);
  state.counters["found_fresh"] = each(1);
  state.counters["samples"] = static_cast<double>(samples[0]);
  state.counters["samples_fresh"] = static_cast<double>(samples[1]);
  // The least that the intervals allow: without a single find the bound of the fresh ones counts.
  state.counters["times_at_least"] = ratio(share(0).low, share(1).high);
  state.counters["times_a_second"] =
      ratio(each(0) / seconds[0], std::max(each(1), 1.0) / seconds[1]);
}
BENCHMARK(rendezvous_fresh)->Name("rendezvous/fresh")->Iterations(5)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return assay::failed == 0 ? 0 : 1;
}
