/// Native costs of the runtime `fork`: fork(2), _exit(2) and waitpid(2), and two processes that
/// hand a turn back and forth through two pipes, as `perf bench sched pipe` does. vfork(2), which
/// copies no page tables, is measured beside it.
#pragma once

#include "models/runtime.h"

namespace assay {

/// One object for the whole program. Call it where the process has one thread.
NativeCosts& process_costs();

}  // namespace assay
