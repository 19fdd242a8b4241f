/// Schedules that RapidCheck generates, and shrinks when they fail.
///
/// A schedule is a list of numbers, one a step: 0 lets the unit that took the last step go on, n
/// passes the turn to the n-th of the others; after the list ends it is 0. So a shorter list with
/// smaller numbers has fewer preemptions, and what RapidCheck shrinks to is easy to read.
#pragma once

#include "models/controlled/explore.h"

namespace assay::controlled {

/// Runs `options.executions` generated schedules (fewer when `stop_at_failure`); the first failure
/// of each kind is shrunk. The same seed gives the same schedules on every machine.
Exploration explore_generated(Subject& subject, const ExploreOptions& options);

}  // namespace assay::controlled
