#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "models/adapters/adapter.h"
#include "models/adapters/adapters.h"

namespace assay {
namespace {

const std::string kDocumentation = "oneAPI Specification, oneTBB, ";

class TbbTasks : public PoolRuntime {
 public:
  TbbTasks()
      : PoolRuntime("tbb", "oneTBB tasks, in an arena with a slot for every unit",
                    {.unit = kDocumentation + "task_group: tasks run in parallel on threads",
                     .turns = kDocumentation + "Task Scheduler: tasks run on threads; sched(7)",
                     .stack = kDocumentation + "global_control: thread_stack_size",
                     .limit = kDocumentation + "global_control: max_allowed_parallelism",
                     .waiting = "oneTBB Developer Guide, When Task-Based Programming Is "
                                "Inappropriate: a task that blocks takes its thread along"}) {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    run.switching = &blocking_;
    // The default is a thread a core; units that wait for each other need one each. The calling
    // thread takes a slot, and a unit as soon as it waits.
    const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, units.size());
    tbb::task_arena arena(static_cast<int>(units.size()));
    arena.execute([&] {
      tbb::task_group group;
      for (Unit& unit : units) group.run([&unit] { unit.run_to_end(); });
      group.wait();
    });
  }
};

}  // namespace

BodyRuntime& tbb_tasks() {
  static TbbTasks runtime;
  return runtime;
}

}  // namespace assay
