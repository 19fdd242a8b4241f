#include "models/thread/thread_costs.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "models/pinning.h"

namespace assay {
namespace {

/// Counts the turns; threads take even and odd ones. std::atomic::wait would spin and yield first,
/// and not be a switch in the kernel.
class FutexTurn {
 public:
  void wait_until(std::uint32_t turn) {
    for (;;) {
      const std::uint32_t now = turn_.load(std::memory_order_acquire);
      if (now >= turn) return;
      futex(FUTEX_WAIT_PRIVATE, now);
    }
  }
  void pass() {
    turn_.fetch_add(1, std::memory_order_release);
    futex(FUTEX_WAKE_PRIVATE, 1);
  }
  [[nodiscard]] std::uint32_t turns() const { return turn_.load(std::memory_order_acquire); }

 private:
  void futex(int operation, std::uint32_t value) {
    syscall(SYS_futex, &turn_, operation, value, nullptr, nullptr, 0);
  }
  std::atomic<std::uint32_t> turn_{0};
};

/// The same by a mutex and a condition variable.
class ConditionTurn {
 public:
  void wait_until(std::uint32_t turn) {
    std::unique_lock hold(mutex_);
    passed_.wait(hold, [&] { return turn_ >= turn; });
  }
  void pass() {
    {
      const std::lock_guard hold(mutex_);
      ++turn_;
    }
    passed_.notify_one();
  }
  [[nodiscard]] std::uint32_t turns() {
    const std::lock_guard hold(mutex_);
    return turn_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable passed_;
  std::uint32_t turn_ = 0;
};

/// The calling thread takes the even turns, a new one the odd ones.
template <typename Turn>
std::uint64_t hand_back_and_forth(std::uint64_t switches, int core_a, int core_b) {
  const Pinned pinned(core_a);
  Turn turn;
  const auto rounds = static_cast<std::uint32_t>((switches + 1) / 2);
  std::thread other([&] {
    pin_to(core_b);
    for (std::uint32_t i = 0; i < rounds; ++i) {
      turn.wait_until(2 * i + 1);
      turn.pass();
    }
  });
  for (std::uint32_t i = 0; i < rounds; ++i) {
    turn.pass();
    turn.wait_until(2 * i + 2);
  }
  other.join();
  return turn.turns();
}

class ThreadCosts : public NativeCosts {
 public:
  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    std::atomic<std::uint64_t> ran{0};
    std::vector<std::thread> threads;
    threads.reserve(batch);
    for (std::uint64_t r = 0; r < rounds; ++r) {
      for (std::uint64_t i = 0; i < batch; ++i) {
        try {
          threads.emplace_back([&ran] { ran.fetch_add(1, std::memory_order_relaxed); });
        } catch (...) {
          join_all(threads);
          throw;
        }
      }
      join_all(threads);
    }
    return ran.load();
  }

  std::uint64_t ping_pong(std::uint64_t switches, int core_a, int core_b) override {
    return hand_back_and_forth<FutexTurn>(switches, core_a, core_b);
  }

  [[nodiscard]] std::vector<CostVariant> variants() override {
    return {{"condition_variable", false, [](std::uint64_t switches, int core) {
               return hand_back_and_forth<ConditionTurn>(switches, core, core);
             }}};
  }

 private:
  static void join_all(std::vector<std::thread>& threads) {
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }
};

}  // namespace

NativeCosts& thread_costs() {
  static ThreadCosts costs;
  return costs;
}

}  // namespace assay
