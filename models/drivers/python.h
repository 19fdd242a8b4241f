/// Runtimes in Python, by drivers that are part of this program and run by /usr/bin/python3.
///
/// `python_threading`: a thread a unit. `python_asyncio`: a task of one event loop a unit.
/// `python_multiprocessing`: a forked process a unit. What Python has no way to do is answered as
/// unsupported, with the reason.
#pragma once

#include "models/runtime.h"

namespace assay {

// Each is one object for the whole program.
Runtime& python_threading();
Runtime& python_asyncio();
Runtime& python_multiprocessing();

}  // namespace assay
