/// The least effort: what a sweep over many seeds makes of probes that take long otherwise.
#pragma once

#include "properties/probe.h"

namespace assay {

/// True where a probe was given less than 100 ms: fewer units at a time then, but as many pairs as
/// ever, so that what is undecided stays so.
inline bool least_effort(const ProbeOptions& options) {
  return options.duration.count() > 0 && options.duration < std::chrono::milliseconds(100);
}

}  // namespace assay
