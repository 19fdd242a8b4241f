/// An execution as a table: one column a unit, one row a step, and why it is wrong.
#pragma once

#include <string>
#include <vector>

#include "models/controlled/schedule.h"

namespace assay::controlled {

/// What an event of the story did: "write x := 1", "load x = 0 (acquire)".
std::string describe(const Event& event, const Story& story);

/// Which events are the two accesses of the data race; none where there is no race.
std::vector<bool> racing(const Story& story);

/// The table, with the two accesses of a data race marked `<<`, what units wait for at the end, and
/// a line for each failure. Ends with a newline.
std::string table_of(const Story& story);

}  // namespace assay::controlled
