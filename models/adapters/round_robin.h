/// Round robin: gives units with a stack of their own a turn each, on the calling thread. For
/// adapters over a bare switch of stacks, who say how to enter a unit and how to leave it.
///
/// Who yields goes to the end of the queue. When nobody can go on, the thread waits in poll(2) for
/// the first timer or descriptor. Not thread-safe, not reentrant.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "models/adapters/adapter.h"
#include "models/adapters/stack_notes.h"
#include "models/unit.h"

namespace assay {

class RoundRobin : public Switching {
 public:
  [[nodiscard]] bool blocks() const override { return true; }
  void yield() override;
  void sleep_for(std::chrono::nanoseconds duration) override;
  void wait_fd(int fd, short events) override;

  /// Room for the locals of a unit, in bytes; pages are taken as they are touched.
  static constexpr std::size_t kStackBytes = std::size_t{512} * 1024;

 protected:
  explicit RoundRobin(std::span<Unit> units) : units_(units) {}

  /// Says where the stack of the next unit is; once a unit, in order, before `take_turns`.
  void add_stack(std::span<std::byte> stack) { notes_.emplace_back(stack); }
  /// Gives turns until every unit has ended.
  void take_turns();
  /// What runs on a new stack, first of all: the body of the current unit, to its end.
  void run_current();
  /// The unit whose turn it is.
  [[nodiscard]] std::size_t current() const { return current_; }

  /// Goes on with the current unit until it leaves or ends.
  virtual void enter() = 0;
  /// Goes back to whoever entered.
  virtual void leave() = 0;

 private:
  using Clock = std::chrono::steady_clock;
  /// A unit that waits for a time, or for a descriptor when `fd` is not negative.
  struct Waiting {
    std::size_t unit;
    Clock::time_point due;
    int fd;
    short events;
  };

  void give_way();
  void wake(bool may_wait);

  std::span<Unit> units_;
  std::deque<StackNotes> notes_;
  StackNotes scheduler_;
  std::deque<std::size_t> ready_;
  std::vector<Waiting> waiting_;
  std::size_t current_ = 0;
};

/// A runtime over a RoundRobin `Turns`, made of the units, that has `add`, called once a unit to
/// make its stack, and `run`.
template <typename Turns>
class RoundRobinRuntime : public FiberRuntime {
 protected:
  using FiberRuntime::FiberRuntime;

  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds /*bound*/) override {
    Turns turns(units);
    run.switching = &turns;
    if (make_each(run, units, [&](Unit&) { turns.add(); })) turns.run();
  }
};

}  // namespace assay
