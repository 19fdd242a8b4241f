/// Native costs of the runtime `coroutine`: a frame created, resumed to its end and destroyed, and
/// two coroutines that hand a turn back and forth through a ready queue. Symmetric transfer from
/// one to the other, without a queue, is measured beside it.
///
/// Hazard: a compiler may elide a frame whole. Here frames are made in a function that is not
/// inlined, and their handles escape.
#pragma once

#include "models/runtime.h"

namespace assay {

/// One object for the whole program.
NativeCosts& coroutine_costs();

}  // namespace assay
