/// One round of a soak: what runs on which runtime, what is done to it meanwhile, and how it went.
///
/// A round follows from the soak's seed and its own number alone, so that each can be run again.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/runtime.h"

namespace assay {

enum class Work : std::uint8_t {
  kProgram,    ///< A generated program, held against what its runtime declares.
  kScenario,   ///< A scenario; a twin must keep what it promises.
  kFault,      ///< A program in which one unit raises a fault.
  kUseCase,    ///< Echo server, reduction or sandboxed worker.
  kLiveUnits,  ///< As many live units at once as the soak may have.
};
inline constexpr int kWorks = 5;

enum class Disturbance : std::uint8_t {
  kNone,
  kPause,           ///< One of its processes is stopped and continued; nothing may change by it.
  kKillWorker,      ///< SIGKILL to the process that carries the round out.
  kKillDescendant,  ///< SIGKILL to one of the processes that it started.
  kFewDescriptors,  ///< RLIMIT_NOFILE is lowered while it runs,
  kLittleMemory,    ///< or RLIMIT_AS.
  kFewProcesses,    ///< Another user, who may have few processes; only where this one is root.
};
inline constexpr int kDisturbances = 7;

enum class RoundEnd : std::uint8_t {
  kRight,      ///< It did what it should, or what it was made to break broke as it should.
  kRefused,    ///< The machine, or a lowered limit, refused something, and a message says so.
  kCut,        ///< What was done to it ended it.
  kUndecided,  ///< This machine does not let it be decided.
  kWrong,
};
inline constexpr int kRoundEnds = 5;

std::string_view to_string(Work work);
std::string_view to_string(Disturbance disturbance);
std::string_view to_string(RoundEnd end);

/// What rounds are drawn from.
struct RoundChoice {
  std::vector<Runtime*> runtimes;
  std::size_t units = 64;                               ///< The most in one round.
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  ///< The most that they may take.
};

struct Round {
  std::uint64_t index = 0;
  std::uint64_t seed = 0;  ///< Its own.
  Work work = Work::kProgram;
  Disturbance disturbance = Disturbance::kNone;
  Runtime* runtime = nullptr;
  std::size_t units = 1;
  std::chrono::microseconds disturbed_after{0};
};

Round round_of(const RoundChoice& choice, std::uint64_t seed, std::uint64_t index);

struct RoundOutcome {
  RoundEnd end = RoundEnd::kCut;
  std::string text;  ///< What ran, and why it ended as it did.
};

/// Carries the work out in the calling process, undisturbed by itself.
RoundOutcome carry_out(const Round& round);

}  // namespace assay
