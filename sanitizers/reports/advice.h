/// What is usually done about a kind of report, and which program of the gallery shows the like.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/report.h"

namespace assay {

/// Usual fixes, the smallest first. Never empty.
std::vector<std::string> usual_fixes(const Report& report);

/// The program of sanitizers/gallery/programs/ that the report resembles most: itself, if it is a
/// report about one of them, else by its kind, what is called, what the address belongs to and
/// which locks were held; empty if none does.
std::string gallery_entry(const Report& report);

/// The same without a look at the names of files.
std::string_view resembling_entry(const Report& report);

/// Of two definitions of a name: do both come from one place, which is linked in twice?
bool linked_twice(const Report& report);

/// Was a lock held at every access, but none at all of them?
bool different_locks(const Report& report);

/// Was one lock held at both accesses? Then it was held for reading, which keeps no reader out.
bool read_locked(const Report& report);

/// Was a lock held at some accesses and none at others?
bool one_side_locked(const Report& report);

}  // namespace assay
