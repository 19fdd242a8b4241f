/// Observes and judges, prints, and writes the JSON: what `assay` and `assay check` share.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/options.h"
#include "report/run.h"

namespace assay {

enum class Printed : std::uint8_t {
  kTable,    ///< The comparison table, within the budget of the effort.
  kDetails,  ///< Every claim with its evidence, as it is reached, without a budget.
  kProfile,  ///< What was observed, whatever is declared; within no budget.
};

/// What there is to observe for these flags, with all probes.
RunPlan plan_of(const Options& options, Printed printed);

/// Says the first limit that is so low that claims cannot be measured, and what to do. True when
/// there was one.
bool warn_of_low_limits();

/// True when results are to be printed with colour: on a terminal, without NO_COLOR.
bool wants_colour();

/// Observes and judges, and returns the document of --json without printing results.
std::string measured_document(const Options& options, const Words& words);

/// Returns the exit status. `words` are the command line, for the JSON. Throws UsageError when the
/// file for the JSON cannot be written.
int measure(const Options& options, Printed printed, const Words& words);

}  // namespace assay
