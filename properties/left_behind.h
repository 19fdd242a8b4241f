/// What units leave behind: descriptors, children, threads, heap memory and mappings that the
/// process which started them has more of after they have ended.
///
/// Runs of the same units follow each other in one host, of few units and then of so many that it
/// shows what one of them alone leaves. Caches and pools fill in the first run, so only what grows
/// in every run, memory by about as much in most of them, and by as much more in runs of twice the
/// units, is a leak; nothing is timed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/runtime.h"

namespace assay {

struct LeftBehind {
  std::size_t units = 0;    ///< Of each run.
  std::size_t runs = 0;     ///< After the first, up to the one in which nothing grew.
  std::string leak;         ///< "1.0 descriptors a unit"; empty when nothing grew in every run.
  std::string failure;      ///< Why it could not be observed, or empty.
  std::vector<double> all;  ///< What grew, after each run; empty when nothing did.
};

LeftBehind look_for_leaks(BodyRuntime& runtime);

}  // namespace assay
