/// Faults of the explored program: signals, std::terminate, and a unit that never comes to a step.
#pragma once

#include <optional>
#include <string>

namespace assay::unmodified {

/// Thrown out of an exploration: a unit ran on and on without a step. Nothing more can be explored.
struct Hung {
  std::string text;
};

/// While it lives, a fault of the explored program fails the execution and not the process.
class Faults {
 public:
  Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
  ~Faults();

  /// Set when a unit was stopped because it took no step for so long.
  static const std::optional<std::string>& hung();
};

}  // namespace assay::unmodified
