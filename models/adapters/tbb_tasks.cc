#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "models/adapters/adapter.h"
#include "models/adapters/adapters.h"
#include "models/registry.h"

namespace assay {
namespace {

/// A chapter of the library's documentation.
std::string chapter(const char* rest) {
  return std::string("oneAPI Specification, oneTBB, ") + rest;
}

class TbbTasks : public PoolRuntime {
 public:
  TbbTasks()
      : PoolRuntime("tbb", "oneTBB tasks, in an arena with a slot for every unit",
                    {.unit = chapter("task_group: tasks run in parallel on threads"),
                     .turns = chapter("Task Scheduler: tasks run on threads; sched(7)"),
                     .stack = chapter("global_control: thread_stack_size"),
                     .limit = chapter("global_control: max_allowed_parallelism"),
                     .waiting = "oneTBB Developer Guide, When Task-Based Programming Is "
                                "Inappropriate: a task that blocks takes its thread along"}) {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    run.switching = &switching_;
    // The default is a thread a core; units that wait for each other need one each. No number of
    // threads is promised: a few to spare make up for those that just left the arena.
    const std::size_t threads = units.size() + units.size() / 16 + 1;
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    tbb::task_arena arena(static_cast<int>(threads));
    tbb::task_group group;
    for (Unit& unit : units) {
      arena.enqueue(group.defer([&unit] { unit.run_to_end(); }));
    }
    arena.execute([&] { group.wait(); });
  }
};

}  // namespace

BodyRuntime& tbb_tasks() {
  static TbbTasks runtime;
  return runtime;
}

static const RuntimeRegistration kRegistered(tbb_tasks());

}  // namespace assay
