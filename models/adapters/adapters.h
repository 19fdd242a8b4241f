/// Runtimes that others wrote, as runtimes of Assay: one function an adapter.
///
/// Guarantee: each runs every program and body that its kind of unit allows, in a host process.
/// Hazard: `run_here` starts the library in the calling process for good. After that a host, which
/// is a fork of it, finds the library's threads gone: g++'s OpenMP would wait for them for ever.
#pragma once

#include "models/runtime.h"

namespace assay {

/// Asio 1.22: `awaitable` coroutines on an `io_context` with one thread. A body is resumed by an
/// awaitable of its own.
BodyRuntime& asio_awaitable();

/// Boost.Context 1.81: `fiber` under a scheduler that gives each its turn, on one thread.
BodyRuntime& boost_context();

/// Boost.Fiber 1.81: `fiber` under the library's own round robin, on one thread.
BodyRuntime& boost_fiber();

/// libuv 1.44: work queued to the thread pool, which is made as large as the run needs, up to
/// 1,024.
BodyRuntime& libuv_pool();

/// OpenMP 4.5 tasks in a team with a thread for every unit (libomp or libgomp, as the compiler).
BodyRuntime& openmp_tasks();

/// POSIX.1-2001 `swapcontext` under a scheduler that gives each its turn, on one thread.
BodyRuntime& posix_ucontext();

/// oneTBB 2021.8: tasks of a `task_group` in an arena with a slot for every unit.
BodyRuntime& tbb_tasks();

}  // namespace assay
