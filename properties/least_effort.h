/// The least effort: what a sweep over many seeds makes of probes that take long otherwise.
#pragma once

#include <chrono>

#include "properties/probe.h"

namespace assay {

/// Who is given less than this makes the least effort.
inline constexpr std::chrono::milliseconds kLeastEffort{100};

/// True for a probe that makes the least effort: fewer units at a time, but as many pairs as ever,
/// so that what is undecided stays so.
inline bool least_effort(const ProbeOptions& options) {
  return options.duration.count() > 0 && options.duration < kLeastEffort;
}

}  // namespace assay
