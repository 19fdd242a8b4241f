/// Use case parallel compute: a reduction over an array, split between units, and its speed-up.
///
/// Samples of one unit and of one unit a core alternate, so that a disturbance meets both; in every
/// round two plain processes show whether the machine has two cores to give just then. Rounds in
/// which it had not are set aside, and too few others leave the speed-up undecided: a loaded
/// machine excludes nothing. The result is checked in every sample.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "properties/statistics.h"
#include "stress/use_cases/outcome.h"

namespace assay {

struct ReductionOptions {
  std::uint64_t seed = 1;
  std::chrono::nanoseconds sample = std::chrono::milliseconds(50);  ///< Of one unit, about.
  int rounds = 16;  ///< In which the machine has two cores to give.
  std::chrono::nanoseconds duration = std::chrono::milliseconds(1'500);  ///< Then rounds end; twice
                                                                         ///< that when few count.
  std::chrono::nanoseconds bound = std::chrono::seconds(30);             ///< For giving up.
};

/// One round; wall times from before the start of the units to the end of the last.
struct ReductionRound {
  double one_ns = 0;
  double many_ns = 0;
  double cores_given = 0;  ///< CPU time over wall time of two spinning processes.
};

struct ReductionResult {
  UseCaseOutcome outcome = UseCaseOutcome::kUndecided;
  std::string reason;  ///< One clause.
  int cores = 0;       ///< Allowed to this process; as many units.
  Estimate speed_up;   ///< Of the rounds that count; 0 when there are too few.
  int counted = 0;     ///< Rounds in which two cores were given.
  std::vector<ReductionRound> rounds;
};

/// Above this lower end of its interval a speed-up is one, below this upper end there is none.
inline constexpr double kSpeedUp = 1.2;
inline constexpr double kNoSpeedUp = 1.1;
/// Two cores were given when two spinning processes used more CPU time than this in a unit of time.
inline constexpr double kTwoCores = 1.6;
inline constexpr int kFewestRounds = 5;

/// The sum of a hash of the elements [from, to) of an endless repetition of `data`.
std::uint64_t reduce(std::span<const std::uint64_t> data, std::uint64_t from, std::uint64_t to);

/// Decides by rounds alone; `cores` above 1.
ReductionResult judge_speed_up(std::vector<ReductionRound> rounds, int cores, std::uint64_t seed);

/// What the decision asks of the machine; a test answers by itself.
struct ReductionMachine {
  std::function<ReductionResult(BodyRuntime&)> measure;
  /// True when two units of the runtime are one kernel task, which no load of the machine explains.
  std::function<bool(BodyRuntime&)> one_kernel_task;
};

/// Says of a runtime that it has no speed-up only when its units are one kernel task, or when it
/// has none twice while processes have one in between: a busy machine may run both units on one
/// core while it spreads the spinners.
ReductionResult decide_parallel_reduction(BodyRuntime& runtime, const ReductionMachine& machine);

/// Runs the reduction on the runtime, in a host.
ReductionResult run_parallel_reduction(BodyRuntime& runtime, const ReductionOptions& options);

}  // namespace assay
