/// A stream of requests, each served by a unit of its own, among them hostile ones: a unit that
/// gets one raises a fault of the list (models/program.h). Isolation is worth what it keeps:
/// requests of well-behaved clients that are answered, and rightly, beside them.
///
/// Requests come in batches that are served at the same time; each batch has one hostile request,
/// kind after kind. Each batch has a host of its own, so that what one leaves behind harms no
/// other.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "models/runtime.h"

namespace assay {

struct HostileStreamOptions {
  std::size_t batches = kFaults;  ///< The first kFaults of them have each kind once.
  std::size_t batch = 12;         ///< Requests of each, the hostile one among them.
  std::uint64_t seed = 1;
  /// For giving up a unit that hangs; well-behaved ones are done long before.
  std::chrono::nanoseconds bound = std::chrono::seconds(3);
};

struct HostileStreamResult {
  std::uint64_t good = 0;      ///< Requests of well-behaved clients.
  std::uint64_t answered = 0;  ///< Of them, rightly.
  std::uint64_t hostile = 0;
  std::array<std::uint64_t, kFaults> lost{};  ///< Good requests, by the fault beside them.
  std::string first_loss;  ///< "abort: request 3 killed by SIGABRT"; empty: none was lost.
  double seconds = 0;

  [[nodiscard]] std::uint64_t all_lost() const { return good - answered; }
};

HostileStreamResult run_hostile_stream(BodyRuntime& runtime, const HostileStreamOptions& options);

}  // namespace assay
