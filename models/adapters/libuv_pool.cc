#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <string>
#include <vector>

#include "models/adapters/adapter.h"
#include "models/adapters/adapters.h"
#include "models/registry.h"

namespace assay {
namespace {

constexpr std::size_t kDefaultThreads = 4;
constexpr std::size_t kMostThreads = 1024;
/// A chapter of the library's documentation.
std::string chapter(const char* rest) {
  return std::string("libuv 1.44, Thread pool work scheduling") + rest;
}

class LibuvPool : public PoolRuntime {
 public:
  LibuvPool()
      : PoolRuntime("libuv",
                    "work queued to libuv's thread pool, which has a thread for every unit",
                    {.unit = chapter(": uv_queue_work runs work_cb in a thread"),
                     .turns = chapter(": threads, made with pthread_create(3)"),
                     .stack = chapter(": a stack of 8 MB a thread since 1.30"),
                     .limit = chapter(": UV_THREADPOOL_SIZE, at most 1024"),
                     .waiting = chapter(": work may block its thread")}) {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    run.switching = &switching_;
    const std::size_t threads = threads_for(units.size());
    if (units.size() > threads) {
      return run.refuse(threads, "libuv's pool has " + std::to_string(threads) +
                                     " threads in this process (UV_THREADPOOL_SIZE)");
    }
    uv_loop_t loop;
    uv_loop_init(&loop);
    std::vector<uv_work_t> work(units.size());
    for (Unit& unit : units) {
      uv_work_t& one = work[unit.index()];
      one.data = &unit;
      uv_queue_work(
          &loop, &one, [](uv_work_t* w) { static_cast<Unit*>(w->data)->run_to_end(); }, nullptr);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
  }

 private:
  /// The size of the pool, which a process decides on with its first piece of work, once for all.
  std::size_t threads_for(std::size_t units) {
    if (process_ == getpid()) return threads_;
    process_ = getpid();
    threads_ = std::clamp(units, kDefaultThreads, kMostThreads);
    setenv("UV_THREADPOOL_SIZE", std::to_string(threads_).c_str(), 1);
    return threads_;
  }

  pid_t process_ = 0;
  std::size_t threads_ = 0;
};

}  // namespace

BodyRuntime& libuv_pool() {
  static LibuvPool runtime;
  return runtime;
}

static const RuntimeRegistration kRegistered(libuv_pool());

}  // namespace assay
