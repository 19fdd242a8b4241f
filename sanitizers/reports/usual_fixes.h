/// The usual fixes of a kind of report, whatever else the report says. Each list has the smallest
/// first.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "sanitizers/reports/report_kind.h"

namespace assay {

using Fixes = std::span<const std::string_view>;

/// Not for a data race: what to do depends on its accesses (advice.h).
Fixes fixes_of_kind(ReportKind kind);

/// Of a detector that failed, with the words of its failure.
Fixes fixes_of_failure(std::string_view words);

/// Of what ends too early, where that is the frame of a coroutine.
Fixes coroutine_fixes();

}  // namespace assay
