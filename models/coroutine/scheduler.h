/// The scheduler of the coroutine runtime: who goes on next, on one thread.
#pragma once

#include <chrono>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "models/ready_queue.h"
#include "models/unit.h"

namespace assay {

class Scheduler : public Switching {
 public:
  using Clock = std::chrono::steady_clock;

  Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler() override;

  [[nodiscard]] bool blocks() const override { return false; }
  void suspend(Waiter& waiter) override;
  void suspend_for(Waiter& waiter, std::chrono::nanoseconds duration) override;
  void suspend_fd(Waiter& waiter, int fd, short events) override;
  void suspend_on(Waiter& waiter, Channel& channel) override;
  void sent(Channel& channel) override;

  ReadyQueue& ready() { return ready_; }

  /// Why `run` returned.
  enum class Outcome { kAllEnded, kDeadlock, kBound };

  /// Forgets all who wait: their frames are about to be destroyed.
  void forget_waiters();

  /// Resumes coroutines until `finished` reaches `count`, nobody can go on, or the bound has
  /// passed.
  Outcome run(const std::atomic<std::uint64_t>& finished, std::uint64_t count,
              std::chrono::nanoseconds bound);

 private:
  struct Timer {
    Clock::time_point due;
    std::uint64_t order;  ///< Timers of the same time go on in the order of their making.
    Waiter* waiter;
    friend bool operator>(const Timer& a, const Timer& b) {
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };
  /// One that waits for a descriptor, and for which of its events.
  struct FdWaiter {
    Waiter* waiter;
    short events;
  };
  using Interest = std::vector<FdWaiter>;

  void drain();
  void poll_waiters();
  void wake_timers();
  void wait_for_descriptors(std::chrono::nanoseconds at_most);
  void wake(Waiter& waiter) { ready_.push(waiter.handle); }
  /// Has epoll watch for what the waiters want. False where it cannot watch the descriptor.
  bool arm(int fd, const Interest& interest);
  void wake_ready(int fd, Interest& interest, std::uint32_t events);

  ReadyQueue ready_;
  std::deque<Waiter*> polled_;
  std::vector<Timer> timers_;
  std::uint64_t timers_made_ = 0;
  std::unordered_map<Channel*, std::deque<Waiter*>> receivers_;
  std::unordered_map<int, Interest> interests_;
  int epoll_ = -1;
};

/// Runs the units as coroutines on the scheduler, which is fresh, to the end of all. Those that run
/// at the bound, or wait for what no unit will do, are given up and their frames are destroyed.
void run_coroutines(Scheduler& scheduler, Run& run, std::span<Unit> units,
                    std::chrono::nanoseconds bound);

}  // namespace assay
