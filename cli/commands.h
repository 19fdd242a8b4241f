/// The commands of `assay`. Each returns the exit status of the program.
#pragma once

#include "cli/options.h"

namespace assay {

/// Runtimes, traits and claims with their sources.
int list();

/// The preflight of set-up (ci/preflight) for this machine, every item of it.
int doctor();

/// Observes and judges, prints the table (or the details of each claim), and writes the JSON.
/// `arguments` are those of the command line, for the JSON.
int measure(const Options& options, const std::vector<std::string>& arguments);

}  // namespace assay
