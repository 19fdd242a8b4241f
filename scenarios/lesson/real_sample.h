/// How often what happens when a scenario runs on a real runtime of this machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace assay {

struct RealSample {
  struct Seen {
    Outcome outcome;
    std::uint64_t count = 0;
    std::uint64_t wrong = 0;  ///< Of these, how often a requirement did not hold.
  };
  std::string runtime;
  std::uint64_t runs = 0;   ///< Those that did not end included.
  std::uint64_t wrong = 0;  ///< A requirement did not hold, or there was no end.
  std::uint64_t hung = 0;   ///< No end within `bound`.
  std::vector<Seen> outcomes;
  std::string trouble;  ///< Why the sample ended early, or empty.
};

struct SampleLimits {
  std::uint64_t runs = 20'000;
  /// No run begins later than this.
  std::chrono::nanoseconds time = std::chrono::seconds(2);
  /// A run that takes longer is given up, with the process it is in.
  std::chrono::nanoseconds bound = std::chrono::seconds(2);
  /// As many of those end the sample.
  std::uint64_t hung = 3;
};

/// Runs the scenario again and again, in host processes. The bounds only serve to give up: what
/// happens how often depends on the machine and what else it does.
RealSample sample_real(const Scenario& scenario, std::size_t units, BodyRuntime& runtime,
                       const SampleLimits& limits);

}  // namespace assay
