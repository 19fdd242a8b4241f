/// What the interpreter does below the level of C++: frames on the stack, registers, the
/// floating-point environment. x86-64 and aarch64 have the general registers; others the rest.
#pragma once

#include <cstdint>

#include "models/program.h"
#include "models/trace.h"
#include "models/unit.h"

namespace assay {

/// Op::kRecurse.
Event probe_frames(Unit& unit, const Step& step);

/// Op::kRegisters where units block: the mask of what a switch changed.
std::int64_t probe_registers(Unit& unit, const Step& step);

/// Control state of the floating-point unit; 0 where the architecture has no such word.
struct FloatingPoint {
  int rounding;
  std::uint32_t vector_control;
  std::uint16_t x87_control;
};

/// Sets a rounding mode that depends on `pattern`, and returns what is in force then.
FloatingPoint load_floating_point(std::int64_t pattern);

/// The mask of what differs from `expected` now (bits 1 to 3); restores the default environment.
std::int64_t compare_floating_point(const FloatingPoint& expected);

}  // namespace assay
