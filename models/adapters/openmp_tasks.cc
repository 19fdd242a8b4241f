#include <dlfcn.h>
#include <fcntl.h>
#include <omp.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cerrno>
#include <string_view>

#include "models/adapters/adapter.h"
#include "models/adapters/adapters.h"
#include "models/registry.h"

namespace assay {
namespace {

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
    run.switching = &switching_;
    // libomp reads it when it is first called: threads that wait for a task would spin, and there
    // may be a thousand.
    setenv("KMP_BLOCKTIME", "0", 1);
    const int threads = static_cast<int>(units.size());
    if (threads > omp_get_thread_limit()) {
      return run.refuse(static_cast<std::size_t>(omp_get_thread_limit()),
                        "OpenMP may use " + std::to_string(omp_get_thread_limit()) +
                            " threads (OMP_THREAD_LIMIT)");
    }
    omp_set_dynamic(0);  // A smaller team would leave units without a thread.
    // Each thread generates a task, and looks for its own first. If one thread generated them all,
    // the others would look for theirs at random: with a thousand that takes minutes.
#pragma omp parallel num_threads(threads)
    {
      const auto i = static_cast<std::size_t>(omp_get_thread_num());
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

// libomp makes a named object in /dev/shm in every process that uses it, so that a second copy of
// it in the same process finds the first. The name goes with an orderly exit, and would be left
// behind by SIGKILL. So libomp, which finds this function before the C library's, gets memory
// without a name.
extern "C" int shm_open(const char* name, int flags, mode_t mode) {
  if (std::string_view(name).starts_with("/__KMP_REGISTERED_LIB_")) {
    if ((flags & O_CREAT) != 0) return memfd_create("libomp", MFD_CLOEXEC);
    errno = ENOENT;
    return -1;
  }
  using ShmOpen = int (*)(const char*, int, mode_t);
  static const auto kNext = reinterpret_cast<ShmOpen>(dlsym(RTLD_NEXT, "shm_open"));
  return kNext(name, flags, mode);
}
