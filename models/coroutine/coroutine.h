/// The reference runtime of the model "coroutine": C++20 coroutines on the calling thread.
///
/// A ready queue in order of readiness, a heap of timers, and epoll(7) for descriptors. It is
/// deterministic: the same bodies without timers and descriptors run in the same order every time.
/// When every unit waits for a message that no unit is left to send, the units are given up at
/// once.
#pragma once

#include "models/runtime.h"

namespace assay {

/// The runtime `coroutine`. One object for the whole program; not reentrant.
BodyRuntime& coroutine();

}  // namespace assay
