/// Paths: what programs do often, as bodies that run on every runtime, with a checked result.
///
/// Each run counts by itself what its units did; a run in which one message, update or unit is
/// missing is wrong, and its time means nothing. Times are those of the host, from before the first
/// unit is started to after the last has ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/runtime.h"

namespace assay {

enum class Path : std::uint8_t {
  kCreateJoin,         ///< Units that do nothing but count themselves.
  kSwitch,             ///< Every unit yields.
  kChannelRoundTrip,   ///< Pairs of units hand a message back and forth.
  kChannelThroughput,  ///< All send to one.
  kLockUncontended,    ///< A lock for each unit.
  kLockContended,      ///< One lock for all.
  kWakeUp,             ///< One unit wakes the others in turn; the latency from send to receive.
  kFanOutIn,           ///< One unit sends to all, and all send back.
  kSpawnTree,          ///< Skynet: a tree in which each node waits for ten; leaves are summed.
  kTimers,             ///< Every unit sleeps; the latency is what it overslept.
};
inline constexpr int kPaths = 10;

std::string_view to_string(Path path);

struct PathRun {
  std::uint64_t operations = 0;  ///< That were asked for.
  std::int64_t wall_ns = 0;
  std::int64_t cpu_ns = 0;       ///< User and system time of the host and its children.
  std::int64_t page_faults = 0;  ///< Minor ones, of the same.
  std::uint64_t p50_ns = 0;      ///< Of latencies, where the path has them.
  std::uint64_t p99_ns = 0;
  std::string wrong;        ///< What was missing; empty: all is right.
  std::string unsupported;  ///< Why the runtime cannot run it, or empty.
};

/// Units that a path adds to what it is asked for, and what it needs at least.
std::size_t fewest_units(Path path);
/// Descriptors that a path takes for each unit, on top of the unit itself, where a channel is a
/// pipe.
double descriptors_of_unit(Path path);

/// Runs the path in a host, with `units` units (of a spawn tree: leaves).
PathRun run_path(Path path, BodyRuntime& runtime, std::size_t units);

}  // namespace assay
