/// For tests of probes: runtimes on threads that are wrong in one way each.
///
/// They declare what the caller says, and behave as no reference runtime does.
#pragma once

#include <sched.h>

#include <mutex>
#include <thread>
#include <vector>

#include "models/runtime.h"

namespace assay {

/// One thread a unit, with a Switching of the caller's.
class WrongThreads : public BodyRuntime {
 public:
  WrongThreads(RuntimeInfo info, Switching& switching)
      : info_(std::move(info)), switching_(&switching) {
    info_.name += "_wrong";
  }

  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }

 protected:
  /// Around the body of a unit.
  virtual void begin() {}
  virtual void end() {}

  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    run.switching = switching_;
    std::vector<std::thread> threads;
    for (Unit& unit : units) {
      threads.emplace_back([this, &unit] {
        begin();
        unit.run_to_end();
        end();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  RuntimeInfo info_;
  Switching* switching_;
};

/// Threads sleep one after the other.
class SerialSleeps : public WrongThreads, private Switching {
 public:
  explicit SerialSleeps(RuntimeInfo info) : WrongThreads(std::move(info), *this) {}

 private:
  [[nodiscard]] bool blocks() const override { return true; }
  void yield() override { sched_yield(); }
  void sleep_for(std::chrono::nanoseconds duration) override {
    const std::lock_guard hold(mutex_);
    std::this_thread::sleep_for(duration);
  }

  std::mutex mutex_;
};

/// Only the thread that holds the baton runs, and it hands it on when it yields: kernel tasks that
/// take turns and are never preempted.
class BatonThreads : public WrongThreads, private Switching {
 public:
  explicit BatonThreads(RuntimeInfo info) : WrongThreads(std::move(info), *this) {}

 private:
  void begin() override { baton_.lock(); }
  void end() override { baton_.unlock(); }
  [[nodiscard]] bool blocks() const override { return true; }
  void yield() override {
    baton_.unlock();
    sched_yield();
    baton_.lock();
  }
  void sleep_for(std::chrono::nanoseconds duration) override {
    baton_.unlock();
    std::this_thread::sleep_for(duration);
    baton_.lock();
  }

  std::mutex baton_;
};

}  // namespace assay
