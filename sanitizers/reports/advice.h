/// What is usually done about a report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sanitizers/reports/report.h"

namespace assay {

/// Usual fixes, the smallest first. Never empty.
std::vector<std::string> usual_fixes(const Report& report);

/// Which lock is missing where, for a race of which some access was locked; the same in each
/// language.
std::optional<std::string> missing_lock(const Report& report);

}  // namespace assay
