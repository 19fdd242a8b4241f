/// Soak: round after round for minutes or hours, with faults injected and limits lowered while a
/// round runs, and an audit after each.
///
/// Each round runs in a worker, a process of its own, which this process watches, disturbs, and
/// removes at its bound or when the round takes more memory than it may. What a round was made to
/// suffer never fails a soak; what it leaves behind does, and so does a wrong result.
///
/// Guarantee: when `soak` returns nothing of it runs; when the caller dies, by SIGKILL too, all
/// goes with it. Hazards: call it from a process with one thread. It becomes a subreaper, and gets
/// own /tmp and /dev/shm where it may (stress/soak/audit.h); SIGINT and SIGTERM are blocked
/// meanwhile.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "stress/soak/round.h"

namespace assay {

/// What is kept of a round.
struct RoundRecord {
  std::uint64_t index = 0;
  Work work = Work::kProgram;
  Disturbance disturbance = Disturbance::kNone;
  std::string runtime;
  std::uint64_t units = 0;
  RoundEnd end = RoundEnd::kCut;
  std::string text;
  double seconds = 0;
  std::uint64_t peak_bytes = 0;   ///< Proportional set size of its processes, as far as sampled.
  std::vector<std::string> left;  ///< What it left behind.

  /// A wrong result, or something left behind.
  [[nodiscard]] bool fails() const { return end == RoundEnd::kWrong || !left.empty(); }
};

struct SoakProgress {
  const Round* round;
  std::uint64_t rounds = 0;  ///< That are over.
  std::uint64_t failed = 0;
  std::chrono::nanoseconds left{0};  ///< Until the end, by the clock.
  double part = 0;                   ///< Of the whole, from 0 to 1.
};

struct SoakPlan {
  RoundChoice choice;
  std::uint64_t seed = 1;
  std::chrono::nanoseconds duration = std::chrono::minutes(10);
  std::chrono::nanoseconds spent{0};  ///< By rounds that are known already,
  std::uint64_t first_round = 0;      ///< which end before this one.
  std::uint64_t most_rounds = ~std::uint64_t{0};
  /// Called with each round as it ends, from the process that may not die of it.
  std::function<void(const RoundRecord&)> reached;
  std::function<void(const SoakProgress&)> progress;  ///< Several times a second.
};

/// Rounds by work and by how they ended.
struct SoakCounts {
  std::array<std::array<std::uint64_t, kRoundEnds>, kWorks> rounds{};
  std::array<std::uint64_t, kDisturbances> disturbances{};
  std::uint64_t failed = 0;
  std::uint64_t peak_bytes = 0;

  void add(const RoundRecord& record);
  [[nodiscard]] std::uint64_t all() const;
};

struct SoakResult {
  SoakCounts counts;  ///< Of this call.
  /// What the last audit found; empty: clean.
  std::vector<std::string> left;
  std::vector<std::string> not_looked_at;
  int signal = 0;  ///< The one that ended it, or 0.
  std::chrono::nanoseconds wall{0};
};

/// Throws std::system_error when no process can be started.
SoakResult soak(const SoakPlan& plan);

}  // namespace assay
