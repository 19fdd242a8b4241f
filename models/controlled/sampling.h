/// Sampling: schedules at random, uniform at every step or by PCT.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "models/controlled/execution.h"

namespace assay::controlled {

/// G. Marsaglia, "Xorshift RNGs", 2003: the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  /// 0 to `count` - 1.
  std::uint32_t below(std::uint32_t count) {
    return static_cast<std::uint32_t>(((next() >> 32) * count) >> 32);
  }

 private:
  std::uint64_t state_;
};

/// Every proc that can go on is as likely as the others.
class RandomWalk {
 public:
  explicit RandomWalk(std::uint64_t seed) : random_(seed) {}
  Proc pick(const Execution&, std::uint64_t choices) {
    std::uint32_t skip = random_.below(static_cast<std::uint32_t>(std::popcount(choices)));
    for (; skip > 0; --skip) choices &= choices - 1;
    return static_cast<Proc>(std::countr_zero(choices));
  }

 private:
  Random random_;
};

/// S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, "A Randomized Scheduler with
/// Probabilistic Guarantees of Finding Bugs", ASPLOS 2010: random priorities, and d - 1 random
/// steps before which the unit that took them is the least important. A defect of depth d is found
/// with a probability of at least 1/(n k^(d-1)) a run, for n units and at most k steps.
class Pct {
 public:
  /// `buffers`: each unit has a store buffer, which takes steps of its own.
  Pct(std::uint64_t seed, std::size_t units, bool buffers, std::uint32_t steps,
      std::uint32_t depth);
  /// New priorities and new change points; before each execution.
  void begin();
  Proc pick(const Execution& execution, std::uint64_t choices);

 private:
  Random random_;
  std::vector<Proc> procs_;
  std::uint32_t steps_;
  std::uint32_t depth_;
  std::array<std::uint32_t, kProcs> priority_{};
  std::vector<std::uint32_t> changes_;
  std::uint32_t lowest_ = 0;
};

/// What PCT promises.
struct Certificate {
  std::size_t procs;
  std::uint32_t steps;
  std::uint32_t depth;
  double bound;        ///< At least this probability a run to find a defect of the depth.
  std::uint64_t runs;  ///< As many make the probability to miss it at most 1%.
};
Certificate certificate(std::size_t procs, std::uint32_t steps, std::uint32_t depth);

}  // namespace assay::controlled
