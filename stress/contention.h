/// Contention: many units add to one counter, in several ways and on several cores. The difference
/// between the curves is what "requires synchronization" costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

enum class Counter : std::uint8_t {
  kMutex,     ///< A plain counter under a mutex.
  kAtomic,    ///< fetch_add of one atomic.
  kSharded,   ///< An atomic for each unit, a cache line each; summed at the end.
  kUnshared,  ///< Coroutines of one thread add to a plain counter: no synchronization is needed.
};
inline constexpr int kCounters = 4;

enum class Affinity : std::uint8_t {
  kSameCore,
  kSpread,  ///< Unit i on core i, and so on round.
  kAny,     ///< Where the kernel puts them.
};
inline constexpr int kAffinities = 3;

std::string_view to_string(Counter counter);
std::string_view to_string(Affinity affinity);

struct CounterRun {
  std::uint64_t operations = 0;  ///< That were asked for, of all units.
  double seconds = 0;  ///< From the moment at which all were ready to the end of the last.
  std::string wrong;   ///< What is missing in the counter, or empty.
};

/// Threads (coroutines for kUnshared) share a fixed number of additions.
CounterRun count_together(Counter counter, Affinity affinity, std::size_t units);

}  // namespace assay
