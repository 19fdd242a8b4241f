/// The command line of `assay`.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/quantities.h"
#include "models/runtime.h"
#include "properties/probe.h"

namespace assay {

enum class Command : std::uint8_t { kTable, kCheck, kList, kDoctor };

struct Options {
  Command command = Command::kTable;
  std::vector<Runtime*> runtimes;
  std::vector<TraitId> traits;
  std::vector<std::size_t> units;
  std::uint64_t seed = 1;
  std::chrono::nanoseconds duration{0};
  Effort effort = Effort::kDefault;
  std::string json;  ///< Empty: no file.
  /// Set when there is nothing to do but to print this: help, version.
  std::string only_print;
};

/// Throws UsageError with one line that says what to do.
Options parse_options(int argc, const char* const* argv);

/// How many units of these runtimes there may be here.
UnitLimit unit_limit(const std::vector<Runtime*>& runtimes);

}  // namespace assay
