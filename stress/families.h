/// Families of benchmarks: the same for 1, 10, 100, ... units, with a fit of its complexity.
///
/// Guarantee: a family whose first run is an error has no fit, and may have errors alone. Hazard:
/// one that works when it is tried and has errors alone afterwards ends the program: Google
/// Benchmark 1.7.1 reads the first of the runs that it fits, even where there is none.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace assay {

/// Ends a benchmark with an error: its result is wrong.
void fail(benchmark::State& state, const std::string& why);

/// How many benchmarks `fail` ended.
int wrong_results();

struct BenchmarkFamily {
  std::string name;
  std::string argument;  ///< "units": what a rung is a number of.
  std::vector<std::int64_t> rungs;
  int iterations;
  std::function<void(benchmark::State&)> run;  ///< Says the time of an iteration.
};

/// Registers each rung.
void add_family(BenchmarkFamily family);

/// Runs, of the families that were added, the first rung that the command line selects, without a
/// word, and asks for a fit where it works and there are others. Call it once, after
/// benchmark::Initialize, when nothing but families is registered.
void fit_families();

}  // namespace assay
