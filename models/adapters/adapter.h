/// What an adapter derives from: the three kinds of units that third-party runtimes have, each with
/// the claims that follow from its kind. An adapter adds its name, its sources and `run_units`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/channel.h"
#include "models/runtime.h"

namespace assay {

/// Where a library documents what decides its claims.
struct Sources {
  std::string unit;     ///< What a unit is, where it runs, and what it shares.
  std::string turns;    ///< Who switches units, and when.
  std::string stack;    ///< Where its locals and registers are while it waits.
  std::string limit;    ///< What bounds the number of units.
  std::string waiting;  ///< How a unit sleeps or waits for input.
};

class Adapter : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }

 protected:
  explicit Adapter(RuntimeInfo info) : info_(std::move(info)) {}

 private:
  RuntimeInfo info_;
};

/// Units with a stack each that take turns on one thread.
class FiberRuntime : public Adapter {
 protected:
  FiberRuntime(std::string name, std::string summary, const Sources& sources);

  /// Calls `make` for each unit. False when there was no memory for one; the run knows why then.
  static bool make_each(Run& run, std::span<Unit> units, const std::function<void(Unit&)>& make);
};

/// Keeps what the body that suspended last waits for, for the loop that resumes it to read before
/// anything else runs.
class Suspended : public Switching {
 public:
  struct Wish {
    Waiter* waiter = nullptr;
    std::chrono::nanoseconds delay{0};  ///< 0: as soon as others had their turn.
    int fd = -1;                        ///< Negative: no descriptor.
    short events = 0;                   ///< As in poll(2).
  };
  [[nodiscard]] bool blocks() const override { return false; }
  void suspend(Waiter& waiter) override { last = {&waiter}; }
  void suspend_for(Waiter& waiter, std::chrono::nanoseconds delay) override {
    last = {&waiter, delay};
  }
  void suspend_fd(Waiter& waiter, int fd, short events) override {
    last = {&waiter, {}, fd, events};
  }
  Wish last;
};

/// Units without a stack, resumed by a loop on one thread. Refuses bodies in plain form.
class StacklessRuntime : public Adapter {
 public:
  [[nodiscard]] std::optional<std::string> refuses(const Bodies& bodies) const override;

 protected:
  StacklessRuntime(std::string name, std::string summary, const Sources& sources);
};

/// Units that hold a thread of a pool until they end, and block it.
///
/// Hazard: where a pool has fewer threads than units, units that wait for those without a thread
/// wait for ever. So an adapter makes its pool as large as the run, or refuses the run and names
/// the limit; it never lets a unit wait in the pool's queue behind one that may need it.
class PoolRuntime : public Adapter {
 protected:
  PoolRuntime(std::string name, std::string summary, const Sources& sources);
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<WaitingChannel>(); }

  KernelSwitching switching_;
};

}  // namespace assay
