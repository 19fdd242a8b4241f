/// The time that explored code sees: it stands still but for sleep and for waits that time out, and
/// each unit has its own, the same in every execution.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "models/controlled/unmodified/thread.h"

namespace assay::unmodified {

inline std::uint64_t nanoseconds(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

inline timespec timespec_of(std::uint64_t ns) {
  timespec time = {};
  time.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
  time.tv_nsec = static_cast<long>(ns % 1'000'000'000);  // NOLINT(google-runtime-int)
  return time;
}

/// What the clock shows to the unit. Who does nothing but ask for it is helped on.
inline std::uint64_t read_clock(Thread& thread) {
  constexpr std::uint64_t kStart = 1'000'000'000'000;
  constexpr std::uint32_t kPatience = 1000;
  if (++thread.clock_reads > kPatience) thread.time_ns += 1'000'000;
  const std::uint64_t out =
      thread.time_out_stays ? thread.time_out_ns : std::exchange(thread.time_out_ns, 0);
  return std::max(kStart + thread.time_ns, out);
}

}  // namespace assay::unmodified
