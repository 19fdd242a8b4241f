/// Native costs of the runtime `std_thread`: std::thread and join, and two threads that hand a turn
/// back and forth through a futex(2). A condition variable is measured beside it.
#pragma once

#include "models/runtime.h"

namespace assay {

/// One object for the whole program.
NativeCosts& thread_costs();

}  // namespace assay
