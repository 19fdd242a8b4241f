/// What a report answers about its accesses and its locks.
#pragma once

#include <string_view>

#include "sanitizers/reports/report.h"

namespace assay {

bool is_race(ReportKind kind);

/// Of two definitions of a name: do both come from one place, which is linked in twice?
bool linked_twice(const Report& report);

/// Was a lock held at every access, but none at all of them?
bool different_locks(const Report& report);

/// Was one lock held at both accesses? Then it was held for reading, which keeps no reader out.
bool read_locked(const Report& report);

/// Was a lock held at some accesses and none at others?
bool one_side_locked(const Report& report);

/// Is a function with that in its name among the callers of an access?
bool calls(const Report& report, std::string_view name);

/// Is a coroutine resumed or destroyed at one of the places, or where the memory went?
bool in_coroutine(const Report& report);

}  // namespace assay
