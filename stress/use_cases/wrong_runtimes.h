/// For tests: threads that are wrong in one way each.
#pragma once

#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "models/thread/std_thread.h"

namespace assay {

class ThreadsWithAFault : public BodyRuntime {
 public:
  explicit ThreadsWithAFault(const char* name) : info_(std_thread().info()) { info_.name = name; }
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }

 protected:
  KernelSwitching switching_;

 private:
  RuntimeInfo info_;
};

/// A unit starts when the one before it has ended.
class SerialThreads : public ThreadsWithAFault {
 public:
  SerialThreads() : ThreadsWithAFault("serial_threads") {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    run.switching = &switching_;
    for (Unit& unit : units) std::thread([&unit] { unit.run_to_end(); }).join();
  }
};

/// The last unit of several is forgotten, and said to have completed.
class ForgetfulThreads : public ThreadsWithAFault {
 public:
  ForgetfulThreads() : ThreadsWithAFault("forgetful_threads") {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    run.switching = &switching_;
    std::vector<std::thread> threads;
    const std::size_t started = units.size() > 1 ? units.size() - 1 : 1;
    for (Unit& unit : units.first(started)) {
      threads.emplace_back([&unit] { unit.run_to_end(); });
    }
    for (std::thread& thread : threads) thread.join();
    for (Unit& unit : units.subspan(started))
      run.set_end(unit.index(), {EndKind::kCompleted, 0, ""});
  }
};

}  // namespace assay
