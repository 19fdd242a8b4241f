/// What is usually done about a kind of report, and which program of the gallery shows the like.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sanitizers/reports/report.h"

namespace assay {

/// Usual fixes, the smallest first. Never empty.
std::span<const std::string_view> usual_fixes(ReportKind kind);

/// The program of sanitizers/gallery/programs/ that the report resembles most, by its kind, what
/// the address belongs to and which locks were held; empty if none does.
std::string_view gallery_entry(const Report& report);

/// Was a lock held at every access, but none at all of them?
bool different_locks(const Report& report);

/// Was a lock held at some accesses and none at others?
bool one_side_locked(const Report& report);

}  // namespace assay
