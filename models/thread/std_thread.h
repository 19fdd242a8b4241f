/// The reference runtime of the model "thread": one std::thread a unit.
#pragma once

#include "models/runtime.h"

namespace assay {

/// The runtime `std_thread`. One object for the whole program.
BodyRuntime& std_thread();

}  // namespace assay
