/// For benchmarks of the layers' own cost: pairs of a hand-written baseline and the same work
/// through the layers, interleaved, with the ratio of their times.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>

namespace assay {

/// One side of a pair: does the work and returns how many operations its own counters saw.
using Side = std::function<std::uint64_t()>;

/// What a pair is timed by. CPU time counts what other programs do much less: that of the calling
/// thread, or, where units are kernel tasks that keep one core busy in turn, that of the process
/// and of the children that it waited for. Wall time is for units that leave the core idle.
enum class TimedBy : std::uint8_t { kWall, kThreadCpu, kCpuOfAll };

/// Runs A B B A A B ..., one pair an iteration of `state`, of which there should be at least 30.
/// Counters: `ratio` of layer to baseline with its bootstrap interval `low` to `high`, and the
/// medians in ns per operation. A side that did not do exactly `operations` ends the benchmark with
/// an error and makes `failures()` nonzero.
void compare(benchmark::State& state, TimedBy clock, std::uint64_t operations, const Side& baseline,
             const Side& layer);

/// Benchmarks with a wrong result so far.
int failures();

/// How many pairs a benchmark runs.
inline constexpr int kPairs = 60;

}  // namespace assay
