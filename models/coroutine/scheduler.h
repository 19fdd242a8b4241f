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
  /// A descriptor that epoll was told of, and stays told of from one wait to the next: so a unit
  /// that waits again before the next look costs no system call.
  struct Watched {
    std::vector<FdWaiter> waiters;
    std::uint32_t armed = 0;  ///< Events that epoll watches, as far as is known.
    /// They wait on what an earlier call told epoll. It may have forgotten that: a descriptor of
    /// this number may have been closed and opened again.
    bool assumed = false;
  };

  void drain();
  void poll_waiters();
  void wake_timers();
  void wait_for_descriptors(std::chrono::nanoseconds at_most);
  void wake(Waiter& waiter) { ready_.push(waiter.handle); }
  /// Has epoll watch for what the waiters want. False where it cannot watch the descriptor.
  bool arm(int fd, Watched& watched);
  void wake_ready(Watched& watched, std::uint32_t events);
  void handle(int fd, std::uint32_t events);
  /// Has epoll told again of what was assumed that it knows.
  void confirm_assumed();
  /// Makes epoll forget a descriptor for which nobody waits.
  void disarm(int fd, Watched& watched);

  ReadyQueue ready_;
  std::deque<Waiter*> polled_;
  std::vector<Timer> timers_;
  std::uint64_t timers_made_ = 0;
  std::unordered_map<Channel*, std::deque<Waiter*>> receivers_;
  std::unordered_map<int, Watched> watched_;
  std::vector<int> assumed_;
  std::size_t fd_waiters_ = 0;
  std::uint64_t looks_ = 0;  ///< For descriptors.
  int epoll_ = -1;
};

/// Runs the units as coroutines on the scheduler, which is fresh, to the end of all. Those that run
/// at the bound, or wait for what no unit will do, are given up and their frames are destroyed.
void run_coroutines(Scheduler& scheduler, Run& run, std::span<Unit> units,
                    std::chrono::nanoseconds bound);

}  // namespace assay
