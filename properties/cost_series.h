/// Cost series: the time an operation takes, of several subjects, sampled in turn.
///
/// One host process, pinned to one core, takes one sample of each subject a round: A B C A B C ...
/// Before the first round each subject is warmed up, and the number of operations of a sample is
/// set so that a sample takes the planned time: then the clock is below 1 % of it. A sample counts
/// only if the subject's own counter saw at least the operations asked for, and if an operation
/// took at least the physical floor.
///
/// Time is CPU time, of the host and of all that it waited for. On one core that is what an idle
/// machine's clock on the wall shows, and what others do on that core is not in it: their slices
/// come in bursts, which meet one subject and not the other. An operation that waits without using
/// a core costs more than its CPU time; so CPU time counts only for a subject that kept the core
/// busy in its least disturbed sample. Of another the samples are wall time, and its CPU time
/// stands beside them: what an operation costs lies between the two.
///
/// A subject that throws, or counts wrongly in the warm-up, is left out and says why. Samples
/// survive the host: if it hangs or dies, those before are kept and the subject is named.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace assay {

struct CostSubject {
  std::string name;
  /// Carries out `operations` (a multiple of `least`) and returns how many were seen.
  std::function<std::uint64_t(std::uint64_t operations)> run;
  /// What the last call took by the subject's own clock, if it has one (NativeCosts::own_time).
  std::function<std::optional<std::chrono::nanoseconds>()> own_time;
  /// Its CPU time (NativeCosts::own_cpu_time), which is not known otherwise where own_time is.
  std::function<std::optional<std::chrono::nanoseconds>()> own_cpu_time;
  /// The fewest operations of one call.
  std::uint64_t least = 1;
  /// Nothing that does the work takes less, in ns an operation.
  double floor_ns = 0;
  /// True when a call has a cost of its own, such as making the two units that then switch. A
  /// sample is then (time of n + least operations - setup) / n, where the setup is the lower
  /// quartile of the times of least.
  bool subtracts_setup = false;
};

struct CostPlan {
  /// At least so many rounds, and then more until the budget is spent or there are `most_rounds`.
  int rounds = 30;
  int most_rounds = 30;
  std::chrono::nanoseconds budget{0};
  /// About how long one sample takes. Many short samples suffer less from a busy machine than few
  /// long ones: the median drops those that were interrupted.
  std::chrono::nanoseconds sample{500'000};
  std::chrono::nanoseconds bound{60'000'000'000};  ///< For giving up.
  int core = -1;  ///< The core to run on; -1: the first that is allowed.
  /// Wall time alone counts: where two cores take turns, a core that waits is part of the cost.
  bool waiting_counts = false;
  /// Touched by the host before it measures: its memory.
  std::size_t parent_bytes = 0;
  /// Where set, called in the host before and after each round. A round in which the two differ by
  /// more than a quarter is discarded: the distance of two cores moved.
  std::function<double()> distance;
};

struct CostSamples {
  /// In ns an operation, one a round; NaN where the sample was rejected.
  std::vector<double> ns;
  /// What it took at the least: the CPU time, never above `ns`, and `ns` where that is not known.
  std::vector<double> least_ns;
  bool by_cpu_time = false;      ///< CPU time accounts for all of `ns`.
  std::uint64_t operations = 0;  ///< Of one sample.
  std::uint64_t rejected = 0;    ///< Samples that did not count.
  std::string problem;           ///< Why samples were rejected, or empty.

  [[nodiscard]] std::vector<double> accepted() const;
  /// What the accepted ones took at the least: what else the machine did is not in them.
  [[nodiscard]] std::vector<double> accepted_least() const;
};

struct CostSeries {
  std::vector<CostSamples> subjects;
  int discarded = 0;             ///< Rounds in which the distance moved.
  std::vector<double> distance;  ///< Of each round, in ns.
};

/// What a subject's samples took by two clocks, in ns an operation; NaN where not known.
struct TwoClocks {
  std::vector<double> wall;
  std::vector<double> cpu;
};

/// Sets `ns`, `least_ns` and `by_cpu_time` from what two clocks said of each round.
void settle(const TwoClocks& clocks, CostSamples& samples);

/// Takes the samples. Throws std::system_error when no host can be started.
CostSeries measure(std::span<const CostSubject> subjects, const CostPlan& plan);

/// The rounds in which both samples count, as lists of equal length.
struct Pairs {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<double> least_a;
  std::vector<double> least_b;
};
Pairs pairs_of(const CostSamples& a, const CostSamples& b);

/// The distance of two cores: a cache line goes there and back, in ns. Two threads of the caller.
double core_distance_ns(int core_a, int core_b);

}  // namespace assay
