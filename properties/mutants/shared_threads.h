/// Threads of which some are several units, that take turns on theirs.
#pragma once

#include <sched.h>

#include <thread>

#include "models/thread/std_thread.h"
#include "properties/mutants/contexts.h"

namespace assay {

class SharedThreads : public Switching {
 public:
  [[nodiscard]] bool blocks() const override { return true; }
  void yield() override {
    sched_yield();
    if (on_this_thread != nullptr) on_this_thread->yield();
  }
  void sleep_for(std::chrono::nanoseconds duration) override {
    if (on_this_thread == nullptr) return std::this_thread::sleep_for(duration);
    on_this_thread->sleep_for(duration);
  }
  void wait_fd(int fd, short events) override {
    if (on_this_thread == nullptr) return Switching::wait_fd(fd, events);
    on_this_thread->wait_fd(fd, events);
  }

  /// Runs the units to their end in turns, on the calling thread.
  static void be(std::span<Unit> units) {
    Contexts several(units);
    on_this_thread = &several;
    for (std::size_t i = 0; i < units.size(); ++i) several.add();
    several.run();
  }

 private:
  static inline thread_local Contexts* on_this_thread = nullptr;  ///< Null where a unit is alone.
};

}  // namespace assay
