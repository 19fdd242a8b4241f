// Coroutines that a hidden thread preempts: when one has used 5 ms of CPU time without giving way,
// the hidden thread lets others go on meanwhile.
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <thread>

#include "properties/mutants/loop.h"

namespace assay {
namespace {

constexpr std::int64_t kSliceNs = 5'000'000;

class Preempts : public Loop {
 public:
  Preempts() { pthread_getcpuclockid(pthread_self(), &clock_of_main_); }
  ~Preempts() override {
    stop_ = true;
    hidden_.join();
  }

 private:
  bool resume(Waiter& waiter) override {
    {
      // Not before what the hidden thread runs has suspended.
      const std::lock_guard wait(runs_other_);
      ++turn_;
      busy_ = true;
    }
    const bool went_on = waiter.resume_if_ready();
    busy_ = false;
    return went_on;
  }

  [[nodiscard]] std::int64_t cpu_ns() const {
    timespec time{};
    clock_gettime(clock_of_main_, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
  }

  void watch() {
    std::uint64_t seen = 0;
    std::int64_t since = 0;
    while (!stop_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (turn_ != seen || !busy_) {
        seen = turn_;
        since = cpu_ns();
      } else if (cpu_ns() - since >= kSliceNs) {
        let_others_go_on(seen);
      }
    }
  }

  void let_others_go_on(std::uint64_t turn) {
    for (;;) {
      const std::lock_guard hold(runs_other_);
      if (stop_ || turn_ != turn || !busy_) return;
      Waiter* other = take();
      if (other == nullptr) return;
      if (!other->resume_if_ready()) return suspend(*other);
    }
  }

  clockid_t clock_of_main_{};
  std::mutex runs_other_;
  std::atomic<std::uint64_t> turn_{0};
  std::atomic<bool> busy_{false};
  std::atomic<bool> stop_{false};
  std::thread hidden_{[this] { watch(); }};
};

LoopRuntime<Preempts> mutant("preempting_thread");
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "a hidden thread lets others go on when one has run for 5 ms",
     .dies = {{TraitId::kPreemption, "a sibling makes progress while a unit spins"}},
     .may = {
         {TraitId::kUnlockedUpdates,
          "an update is lost only if another falls between its load and its store"},
         {TraitId::kParallelism, "two run at once only if there is a core for the hidden one"}}});

}  // namespace
}  // namespace assay
