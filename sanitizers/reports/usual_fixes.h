/// The usual fixes of a kind of report, whatever else the report says. Each list has the smallest
/// first.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/report_kind.h"

namespace assay {

using Fixes = std::span<const std::string_view>;

/// `words` is what the detector called it, which tells causes apart. Not for a data race: what to
/// do depends on its accesses (advice.h).
Fixes fixes_of_kind(ReportKind kind, std::string_view words);

/// Of calls of the threads library against its rules; empty for other kinds.
Fixes fixes_of_misuse(ReportKind kind, std::string_view words);

/// Of undefined behaviour; empty for other kinds.
Fixes fixes_of_undefined(ReportKind kind, std::string_view words);

/// Of a wait for a condition variable whose mutex is not held.
Fixes unlocked_wait_fixes();

/// Of a mutex, condition variable or the like that is destroyed while others use it.
Fixes destroyed_in_use_fixes();

/// Of a null pointer, of a call by one, and of a write where nothing may be written.
Fixes null_fixes();
Fixes null_call_fixes();
Fixes wild_write_fixes();

/// Of a detector that failed, with the words of its failure.
Fixes fixes_of_failure(std::string_view words);

/// Of what ends too early, where that is the frame of a coroutine.
std::vector<std::string> coroutine_fixes(ReportKind kind);

}  // namespace assay
