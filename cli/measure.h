/// Observes and judges, prints, and writes the JSON: what `assay` and `assay check` share.
#pragma once

#include "cli/command.h"
#include "cli/options.h"

namespace assay {

enum class Printed : std::uint8_t {
  kTable,    ///< The comparison table, within the budget of the effort.
  kDetails,  ///< Every claim with its evidence, as it is reached, without a budget.
};

/// Returns the exit status. `words` are the command line, for the JSON. Throws UsageError when the
/// file for the JSON cannot be written.
int measure(const Options& options, Printed printed, const Words& words);

}  // namespace assay
