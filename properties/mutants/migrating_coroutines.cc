// Coroutines that change their thread: two threads take turns to resume them, one at a time.
#include <condition_variable>
#include <thread>

#include "properties/mutants/loop.h"

namespace assay {
namespace {

/// Not a divisor of usual numbers of units, so that every unit comes to both threads.
constexpr std::uint64_t kTurnsOfOne = 5;

class Migrates : public Loop {
 public:
  ~Migrates() override {
    {
      const std::lock_guard hold(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    other_.join();
  }

 private:
  bool resume(Waiter& waiter) override {
    if (turn_++ / kTurnsOfOne % 2 == 0) return waiter.resume_if_ready();
    std::unique_lock hold(mutex_);
    wanted_ = &waiter;
    changed_.notify_all();
    changed_.wait(hold, [this] { return wanted_ == nullptr; });
    return went_on_;
  }

  void be_other() {
    std::unique_lock hold(mutex_);
    for (;;) {
      changed_.wait(hold, [this] { return stop_ || wanted_ != nullptr; });
      if (stop_) return;
      went_on_ = wanted_->resume_if_ready();
      wanted_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Waiter* wanted_ = nullptr;
  bool went_on_ = false;
  bool stop_ = false;
  std::uint64_t turn_ = 0;
  std::thread other_{[this] { be_other(); }};
};

LoopRuntime<Migrates> mutant("migrating_coroutines");
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "two threads take turns to resume coroutines",
     .dies = {{TraitId::kScheduling, "a unit moves between kernel tasks"},
              {TraitId::kMemorySpace,
               "what a sibling wrote to thread-local storage comes and goes"},
              {TraitId::kThreadLocalStorage, "a unit does not find what was written last"}},
     .may = {{TraitId::kSwitchCost,
              "one turn in five or ten is a switch of threads, which is more or less than a "
              "rival's"}}});

}  // namespace
}  // namespace assay
