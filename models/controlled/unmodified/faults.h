/// Faults of the explored program: signals, std::terminate, and a unit that never comes to a step.
#pragma once

#include <optional>
#include <string>

#include "models/controlled/failure.h"

namespace assay::unmodified {

/// Thrown out of an exploration: a unit ran on and on without a step, or waits in the kernel.
/// Nothing more can be explored.
struct Hung {
  controlled::FailureKind kind;
  std::string text;
};

class Program;

/// The current unit came to the end of its stack, in a function of Assay's. Its guard is open until
/// `close_stack`.
extern bool stack_full;
[[noreturn]] void fail_for_full_stack(Program& program);
void close_stack();

/// While it lives, a fault of the explored program fails the execution and not the process.
class Faults {
 public:
  Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
  ~Faults();

  /// Set when a unit was stopped because it took no step for so long.
  static const std::optional<Hung>& hung();
};

}  // namespace assay::unmodified
