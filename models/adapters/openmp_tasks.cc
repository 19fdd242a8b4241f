#include <omp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "models/adapters/adapter.h"
#include "models/adapters/adapters.h"
#include "models/registry.h"

namespace assay {
namespace {

/// libomp, once it is started, has a named object in /dev/shm by which a second copy of it in the
/// same process would find it. It goes with an orderly exit, not with SIGKILL: a host would leave
/// it behind.
void take_name_away() {
  const std::string name =
      "/__KMP_REGISTERED_LIB_" + std::to_string(getpid()) + "_" + std::to_string(getuid());
  shm_unlink(name.c_str());
}

class OpenmpTasks : public PoolRuntime {
 public:
  OpenmpTasks()
      : PoolRuntime(
            "openmp", "OpenMP tasks, in a team with a thread for every unit",
            {.unit = "OpenMP 4.5, 1.3 Execution Model: tasks run on the threads of a team",
             .turns = "OpenMP 4.5, 2.9 Tasking: a tied task stays on its thread; sched(7)",
             .stack = "OpenMP 4.5, 4.7 OMP_STACKSIZE: each thread has a stack",
             .limit = "OpenMP 4.5, 2.5.1: the number of threads of a team; OMP_THREAD_LIMIT",
             .waiting = "OpenMP 4.5, 2.9.5: a thread switches tasks at scheduling points only"}) {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    run.switching = &blocking_;
    // libomp reads these when it is first called. A thread that generates more than 256 tasks would
    // run some of them itself, at once; threads that wait for a task would spin, and there may be
    // a thousand.
    setenv("KMP_ENABLE_TASK_THROTTLING", "0", 1);
    setenv("KMP_BLOCKTIME", "0", 1);
    const int threads = static_cast<int>(units.size());
    const bool too_many = threads > omp_get_thread_limit();
    take_name_away();
    if (too_many) {
      return run.refuse(static_cast<std::size_t>(omp_get_thread_limit()),
                        "OpenMP may use " + std::to_string(omp_get_thread_limit()) +
                            " threads (OMP_THREAD_LIMIT)");
    }
    omp_set_dynamic(0);  // A smaller team would leave units without a thread.
#pragma omp parallel num_threads(threads)
#pragma omp single
    for (std::size_t i = 0; i < units.size(); ++i) {
#pragma omp task firstprivate(i)
      units[i].run_to_end();
    }
  }
};

}  // namespace

BodyRuntime& openmp_tasks() {
  static OpenmpTasks runtime;
  return runtime;
}

static const RuntimeRegistration kRegistered(openmp_tasks());

}  // namespace assay
