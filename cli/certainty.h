/// How many runs show a defect, and what silent runs exclude.
///
/// Runs are taken to be independent, each with the same frequency: a different seed each, on one
/// kind of machine. Frequencies and confidences are from 0 to 1.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

/// The fewest runs of which at least one shows what happens in a fraction `frequency` of all runs,
/// with probability `confidence`: the smallest n with 1 - (1 - frequency)^n >= confidence.
/// Both are above 0; `confidence` is below 1.
double runs_to_see(double frequency, double confidence);

/// The frequency above which `runs` silent runs would have shown it with probability `confidence`.
double excluded_by(double silent_runs, double confidence);

/// "0.001", "0.1%", "1e-3" or "1/1000": above 0 and at most 1. `flag` names it in the message.
/// Throws UsageError.
double parse_fraction(const std::string& flag, const std::string& text);

}  // namespace assay
