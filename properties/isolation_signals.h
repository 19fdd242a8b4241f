/// What becomes of siblings when a unit is ended by a signal, each that ends a process by default.
#pragma once

#include <cstdint>
#include <string>

#include "models/runtime.h"

namespace assay::isolation {

/// Of the siblings of a faulty unit.
enum class Fate : std::uint8_t { kContained, kSpread, kNotInjected, kNotStarted };

struct Outcome {
  Fate fate;
  std::string what;
};

/// "contained (unit 0 was killed by SIGABRT)".
std::string to_string(const Outcome& outcome);

struct Signals {
  Outcome outcome;          ///< Of all at once.
  std::string let_through;  ///< "SIGBUS (unit 0 ...)": the first that ends a sibling by itself.
  std::string program;      ///< The one that shows it, in words.
  std::uint64_t programs = 0;
};

/// All signals at once, each by a unit of its own; where that ends a sibling, one by one, until one
/// of them alone does.
Signals raise_signals(BodyRuntime& runtime);

}  // namespace assay::isolation
