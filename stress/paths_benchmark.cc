// What programs do often (stress/paths.h), on every runtime, from 1 unit to a limit that has a
// name.
//
//   bazel run --config=opt //stress:paths_benchmark -- --benchmark_filter='^switch/' \
//       --benchmark_out=FILE --benchmark_repetitions=10
//
// The time is that of one operation of every unit, their creation shared among many; `ns_each` is
// that of one, `p50_us` and `p99_us` are latencies. BigO is the time by units. The label of the
// highest rung names the limit that comes next, and `limit_x` says how many times as many units it
// allows. `memory` has the bytes of a live unit, `spawn_tree_ratio` the tree against a loop by
// hand, `shared_counter` what synchronization costs by units and affinity.
//
// A wrong result is an error of its benchmark and makes the exit status 1.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/registry.h"
#include "properties/live_units.h"
#include "properties/statistics.h"
#include "stress/contention.h"
#include "stress/families.h"
#include "stress/ladder.h"
#include "stress/pairs.h"
#include "stress/paths.h"
#include "stress/skynet.h"

namespace assay {
namespace {

constexpr std::size_t kMostUnits = 1'000'000;
constexpr int kRuns = 3;

/// A ladder that is measured when its first benchmark runs, so that a filter costs nothing.
class LazyLadder {
 public:
  explicit LazyLadder(BodyRuntime& runtime) : runtime_(&runtime) {}
  const UnitLadder& of(Path path) {
    if (!need_) need_ = std::make_unique<UnitNeed>(measured_need(*runtime_));
    UnitNeed need = *need_;
    if (runtime_->info().model == Model::kProcess) need.descriptors = descriptors_of_unit(path);
    ladder_ = ladder_of(need, kMostUnits);
    return ladder_;
  }

 private:
  BodyRuntime* runtime_;
  std::unique_ptr<UnitNeed> need_;
  UnitLadder ladder_;
};

/// Says where the ladder ends, on its highest rung; false when this rung is above it.
bool on_ladder(benchmark::State& state, const UnitLadder& ladder, std::size_t units) {
  if (ladder.rungs.empty() || units > ladder.rungs.back()) {
    const std::string why =
        "above the ladder, which ends below half of what " + ladder.next_limit + " leaves";
    state.SkipWithError(why.c_str());
    return false;
  }
  if (units == ladder.rungs.back() && !ladder.next_limit.empty()) {
    state.SetLabel("next limit: " + ladder.next_limit);
    state.counters["limit_x"] = ladder.times_away();
  }
  return true;
}

void run_rung(benchmark::State& state, Path path, BodyRuntime& runtime, LazyLadder& ladder) {
  const auto units = static_cast<std::size_t>(state.range(0));
  if (!on_ladder(state, ladder.of(path), units)) return;
  PathRun run;
  double ns = 0;
  for (auto _ : state) {
    run = run_path(path, runtime, units);
    if (!run.unsupported.empty()) return state.SkipWithError(run.unsupported.c_str());
    if (!run.wrong.empty()) return fail(state, run.wrong);
    const double ns_each = static_cast<double>(run.wall_ns) / static_cast<double>(run.operations);
    state.SetIterationTime(ns_each * static_cast<double>(units) * 1e-9);
    ns += ns_each;
  }
  const auto operations = static_cast<double>(run.operations);
  state.SetComplexityN(state.range(0));
  state.counters["ns_each"] = ns / static_cast<double>(state.iterations());
  state.counters["cpu_ns_each"] = static_cast<double>(run.cpu_ns) / operations;
  state.counters["page_faults_each"] = static_cast<double>(run.page_faults) / operations;
  if (run.p99_ns == 0) return;
  state.counters["p50_us"] = static_cast<double>(run.p50_ns) / 1e3;
  state.counters["p99_us"] = static_cast<double>(run.p99_ns) / 1e3;
}

void run_memory(benchmark::State& state, BodyRuntime& runtime, LazyLadder& ladder) {
  const auto units = static_cast<std::size_t>(state.range(0));
  if (!on_ladder(state, ladder.of(Path::kCreateJoin), units)) return;
  // What the host has before its units, this program's own memory among it.
  const double before = run_live_units(runtime, 1).bytes();
  LiveUnits live;
  for (auto _ : state) {
    live = run_live_units(runtime, units);
    if (!live.complete) return fail(state, live.failure + live.refusal);
    state.SetIterationTime(live.seconds);
  }
  state.SetComplexityN(state.range(0));
  const double more = live.bytes() - before;
  state.counters["bytes_each"] = more / static_cast<double>(std::max<std::size_t>(1, units - 1));
  state.counters["MB"] = more / 1e6;
}

/// The rungs that a model may have; those above its limit say so when they are run.
std::size_t most_units(const BodyRuntime& runtime) {
  return runtime.info().model == Model::kCoroutine ? kMostUnits : 10'000;
}

void add(const std::string& name, std::size_t fewest, std::size_t most,
         const std::function<void(benchmark::State&)>& run) {
  BenchmarkFamily family{name, "units", {}, kRuns, run};
  for (std::size_t units = 1; units <= most; units *= 10) {
    family.rungs.push_back(static_cast<std::int64_t>(std::max(units, fewest)));
  }
  add_family(std::move(family));
}

void add_paths(BodyRuntime& runtime) {
  const auto ladder = std::make_shared<LazyLadder>(runtime);
  const std::string& name = runtime.info().name;
  for (int i = 0; i < kPaths; ++i) {
    const auto path = static_cast<Path>(i);
    add(std::string(to_string(path)) + "/" + name, fewest_units(path), most_units(runtime),
        [&runtime, ladder, path](benchmark::State& state) {
          run_rung(state, path, runtime, *ladder);
        });
  }
  add("memory/" + name, 1, most_units(runtime),
      [&runtime, ladder](benchmark::State& state) { run_memory(state, runtime, *ladder); });
}

/// Against a loop that keeps nothing of its coroutines, and against one that keeps what bodies do.
void spawn_tree_ratio(benchmark::State& state, Kept kept) {
  const auto leaves = static_cast<std::size_t>(state.range(0));
  compare(
      state, TimedBy::kThreadCpu, leaves, [=] { return skynet_by_hand(leaves, kept); },
      [=] { return skynet_by_bodies(leaves); });
}

void add_spawn_tree_ratios() {
  for (const auto& [what, kept] :
       {std::pair("of_a_bare_loop", Kept::kNothing), std::pair("of_equal_function", Kept::kEnds)}) {
    const std::string name = std::string("spawn_tree_ratio/") + what;
    benchmark::RegisterBenchmark(
        name.c_str(), [kept = kept](benchmark::State& state) { spawn_tree_ratio(state, kept); })
        ->Arg(1'000)
        ->Arg(1'000'000)
        ->Iterations(30)
        ->UseManualTime();
  }
}

void shared_counter(benchmark::State& state, Counter counter, Affinity affinity) {
  const auto units = static_cast<std::size_t>(state.range(0));
  std::vector<double> rates;
  for (auto _ : state) {
    const CounterRun run = count_together(counter, affinity, units);
    if (!run.wrong.empty()) return fail(state, run.wrong);
    state.SetIterationTime(run.seconds);
    rates.push_back(static_cast<double>(run.operations) / run.seconds);
  }
  state.counters["per_s"] = median(rates);
}

void add_contention() {
  for (int i = 0; i < kCounters; ++i) {
    for (int j = 0; j < kAffinities; ++j) {
      const auto counter = static_cast<Counter>(i);
      const auto affinity = static_cast<Affinity>(j);
      const std::string name = "shared_counter/" + std::string(to_string(counter)) + "/" +
                               std::string(to_string(affinity));
      auto* added = benchmark::RegisterBenchmark(
          name.c_str(), [=](benchmark::State& state) { shared_counter(state, counter, affinity); });
      added->RangeMultiplier(2)->Range(1, 16)->ArgName("units")->Iterations(5)->UseManualTime();
    }
  }
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (assay::Runtime* runtime : assay::runtimes()) {
    if (runtime->bodies() != nullptr) assay::add_paths(*runtime->bodies());
  }
  assay::fit_families();
  assay::add_spawn_tree_ratios();
  assay::add_contention();
  benchmark::RunSpecifiedBenchmarks();
  return assay::wrong_results() + assay::failures() == 0 ? 0 : 1;
}
