// Executions a second of the explorer: random schedules of 3 units with 2 unsynchronized increments
// each (a read, then a write), race detection on, against a bare loop that resumes coroutines at
// random and detects nothing. `layer_ns` is the time of one execution; `executions_per_second` its
// inverse; `ratio` what scheduling, detection and bookkeeping cost over the bare loop.
//
// bazel run --config=opt //stress:explorer_benchmark
#include <benchmark/benchmark.h>

#include <array>
#include <coroutine>
#include <cstdint>
#include <cstdlib>

#include "models/controlled/explore.h"
#include "models/frame_pool.h"
#include "stress/pairs.h"

namespace assay {
namespace {

constexpr std::size_t kUnits = 3;
constexpr int kIncrements = 2;
constexpr std::uint64_t kExecutions = 50'000;

// ---- By hand. ----

struct Bare {
  struct promise_type {
    Bare get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { std::abort(); }
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
  };
  std::coroutine_handle<> handle;
};

[[gnu::noinline]] Bare increments(int& x) {
  for (int i = 0; i < kIncrements; ++i) {
    co_await std::suspend_always();
    const int seen = x;
    co_await std::suspend_always();
    x = seen + 1;
  }
}

/// Returns the executions whose outcome was possible.
std::uint64_t bare_loop() {
  controlled::Random random(1);
  std::uint64_t right = 0;
  for (std::uint64_t i = 0; i < kExecutions; ++i) {
    int x = 0;
    std::array<std::coroutine_handle<>, kUnits> units;
    for (auto& unit : units) unit = increments(x).handle;
    for (std::uint32_t left = kUnits; left > 0;) {
      auto& unit = units[random.below(left)];
      unit.resume();
      if (!unit.done()) continue;
      unit.destroy();
      unit = units[--left];
    }
    if (x >= kIncrements && x <= static_cast<int>(kUnits) * kIncrements) ++right;
  }
  return right;
}

// ---- The explorer. ----

struct Increments {
  Shared<Controlled, int> x{"x"};
  Body<Controlled> body(UnitOf<Controlled>) {
    for (int i = 0; i < kIncrements; ++i) {
      const int seen = co_await x.read();
      co_await x.write(seen + 1);
    }
  }
  void finish(Outcome& outcome) { outcome.record(x.value()); }
};

/// Returns the executions in which the race was found: all of them have one.
std::uint64_t explorer() {
  controlled::ScenarioSubject<Increments> subject(kUnits);
  controlled::ExploreOptions options;
  options.strategy = controlled::Strategy::kRandom;
  options.executions = kExecutions;
  const controlled::Exploration result = controlled::explore(subject, options);
  return result.executions == kExecutions ? result.failing : 0;
}

void random_executions(benchmark::State& state) {
  compare(state, TimedBy::kThreadCpu, kExecutions, bare_loop, explorer);
  state.counters["executions_per_second"] = 1e9 / state.counters["layer_ns"].value;
  state.counters["bare_per_second"] = 1e9 / state.counters["hand_ns"].value;
}
BENCHMARK(random_executions)->Iterations(kPairs)->UseManualTime();

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return assay::failures() == 0 ? 0 : 1;
}
