/// What a report answers about its accesses and its locks.
#pragma once

#include <string_view>

#include "sanitizers/reports/report.h"

namespace assay {

bool is_race(ReportKind kind);

/// Is the address null, or a member of an object at null?
bool in_first_page(const Access& access);

/// Is it a call that went there?
bool calls_null(const Report& report);

/// Of two definitions of a name: do both come from one place, which is linked in twice?
bool linked_twice(const Report& report);

/// Is every leaked block reachable from another? Then they point to each other.
bool leaks_in_circle(const Report& report);

/// Was a lock held at every access, but none at all of them?
bool different_locks(const Report& report);

/// Was one lock held at both accesses? Then it was held for reading, which keeps no reader out.
bool read_locked(const Report& report);

/// Was a lock held at some accesses and none at others?
bool one_side_locked(const Report& report);

/// Does the report tell which locks were held there? Not of an access without a stack, and not of
/// one that is known as a stretch of time only.
bool tells_locks(const Access& access);

/// Is a mutex, condition variable or the like destroyed at one of the accesses?
bool destroys_in_use(const Report& report);

/// Does a wait for a condition variable give up a mutex that its thread does not hold?
bool waits_unlocked(const Report& report);

/// Is one of the two accesses by the thread on whose stack the memory is?
bool owner_takes_part(const Report& report);

/// Is a function with that in its name among the callers of an access?
bool calls(const Report& report, std::string_view name);

/// Is a coroutine resumed or destroyed at one of the places, or where the memory went?
bool in_coroutine(const Report& report);

}  // namespace assay
