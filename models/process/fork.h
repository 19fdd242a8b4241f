/// The reference runtime of the model "process": one child process a unit, by fork(2).
#pragma once

#include "models/runtime.h"

namespace assay {

/// The runtime `fork`. One object for the whole program.
BodyRuntime& fork_runtime();

}  // namespace assay
