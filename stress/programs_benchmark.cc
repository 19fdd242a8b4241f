// Generated programs a second: generated, run with fresh units for each, and judged by their
// oracle, at the default distribution (2 to 32 units, up to some hundred steps), without sleeps.
//
//     bazel run --config=opt //stress:programs_benchmark
//
// What is aimed at, on 2 cores: 1,000 programs a second on threads, 100 on processes. A wrong
// result fails it. `units` and `steps` are the means of a program.
#include <benchmark/benchmark.h>
#include <rapidcheck/Random.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/visibility.h"

namespace assay {
namespace {

constexpr std::uint64_t kAtOnce = 50;

int failures = 0;

Mix mix_without_sleeps() {
  Mix mix = visibility_mix();
  std::erase_if(mix.kinds, [](const auto& kind) { return kind.first == Kind::kSleep; });
  return mix;
}

/// Why a trace is not one of a runtime with this memory space; empty when it is.
std::string wrong(const Case& made, const Trace& trace, MemorySpace space) {
  if (!trace.completed()) return trace.failure();
  for (const Finding::Exclusion& exclusion : made.judge(trace).exclusions) {
    if (exclusion.value == static_cast<std::uint8_t>(space)) return exclusion.why;
  }
  return "";
}

void programs(benchmark::State& state, Runtime& runtime) {
  const auto space = static_cast<MemorySpace>(runtime.claim_of(TraitId::kMemorySpace)->value);
  const rc::Gen<Plan> generator = plans(mix_without_sleeps(), 0);
  std::uint64_t next = 0;
  std::uint64_t units = 0;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    std::vector<Case> cases;
    std::vector<Program> programs;
    for (std::uint64_t i = 0; i < kAtOnce; ++i, ++next) {
      const int size = static_cast<int>(1 + next * 37 % 100);
      cases.push_back(
          visibility_case(generator(rc::Random(rc::Random::Key{1, next, 0, 0}), size).value()));
      programs.push_back(cases.back().program);
      units += programs.back().units.size();
      for (const auto& of_unit : programs.back().units) steps += of_unit.size();
    }
    const std::vector<Trace> traces = runtime.run_each(programs);
    for (std::size_t i = 0; i < traces.size(); ++i) {
      const std::string why = wrong(cases[i], traces[i], space);
      if (why.empty()) continue;
      ++failures;
      return state.SkipWithError((why + "\n" + to_table(programs[i])).c_str());
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(next));
  state.counters["units"] = static_cast<double>(units) / static_cast<double>(next);
  state.counters["steps"] = static_cast<double>(steps) / static_cast<double>(next);
}

BENCHMARK_CAPTURE(programs, fork, fork_runtime())->UseRealTime()->MinTime(2);
BENCHMARK_CAPTURE(programs, std_thread, std_thread())->UseRealTime()->MinTime(2);
BENCHMARK_CAPTURE(programs, coroutine, coroutine())->UseRealTime()->MinTime(2);

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return assay::failures == 0 ? 0 : 1;
}
