/// A plain scheduler of coroutines, for mutants that choose who goes on, or where.
///
/// Whoever suspends comes to the end of a queue, and is asked in its turn whether it can go on.
/// The queue may be used from several threads.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "properties/mutants/mutant.h"

namespace assay {

class Loop : public Switching {
 public:
  [[nodiscard]] bool blocks() const override { return false; }
  void suspend(Waiter& waiter) override;
  void suspend_for(Waiter& waiter, std::chrono::nanoseconds duration) override;

  /// Starts the units and runs them to their end, or to the bound, at which they are given up.
  void run(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound);

 protected:
  using Clock = std::chrono::steady_clock;

  /// Lets one go on if it can. Returns whether it could.
  virtual bool resume(Waiter& waiter) { return waiter.resume_if_ready(); }
  /// The place in the queue of the one whose turn it is; it is not empty.
  virtual std::size_t choose(const std::deque<Waiter*>& queue) {
    (void)queue;
    return 0;
  }

  /// Null when nobody is in the queue.
  Waiter* take();
  /// True when all in the queue were asked since one of them could go on.
  [[nodiscard]] bool is_idle() const { return idle_ >= queue_.size(); }
  /// The first suspension of each unit, by index.
  [[nodiscard]] const std::vector<Waiter>& starts() const { return starts_; }

 private:
  struct Timer {
    Clock::time_point due;
    Waiter* waiter;
  };
  void wake_timers();
  void turn();

  std::mutex mutex_;
  std::deque<Waiter*> queue_;
  std::vector<Timer> timers_;
  std::vector<Waiter> starts_;
  std::size_t idle_ = 0;
};

/// A mutant of the coroutine runtime on a loop of its own.
template <typename ItsLoop>
class LoopRuntime : public MutantRuntime {
 public:
  explicit LoopRuntime(std::string name) : MutantRuntime(coroutine(), std::move(name)) {}
  [[nodiscard]] std::optional<std::string> refuses(const Bodies& bodies) const override {
    return coroutine().refuses(bodies);
  }

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override {
    ItsLoop loop;
    run.switching = &loop;
    run.contains_exceptions = true;
    loop.run(run, units, bound);
  }
};

}  // namespace assay
