/// Whether an operation could be taken after a sequence of events: object states from events alone.
#pragma once

#include <vector>

#include "models/controlled/execution.h"

namespace assay::controlled {

/// True when `op` of `proc`, an operation that may have to wait, could be taken after `events`. The
/// execution is asked for initial values and capacities only.
bool enabled_after(const Execution& execution, Proc proc, const Op& op,
                   const std::vector<Event>& events);

}  // namespace assay::controlled
