// Threads that a hidden lock serializes: who runs holds it, and lets go of it only in a yield, a
// wait or a sleep.
#include <mutex>

#include "properties/mutants/threads.h"

namespace assay {
namespace {

class HiddenLock : public MutantThreads {
 public:
  HiddenLock() : MutantThreads("hidden_lock", UnderTsan::kKnown) {}

 private:
  class TakesTurns : public KernelSwitching {
   public:
    explicit TakesTurns(std::mutex& lock) : lock_(&lock) {}
    void yield() override {
      lock_->unlock();
      KernelSwitching::yield();
      lock_->lock();
    }
    void sleep_for(std::chrono::nanoseconds duration) override {
      lock_->unlock();
      KernelSwitching::sleep_for(duration);
      lock_->lock();
    }
    void wait_fd(int fd, short events) override {
      lock_->unlock();
      KernelSwitching::wait_fd(fd, events);
      lock_->lock();
    }

   private:
    std::mutex* lock_;
  };

  std::unique_ptr<Switching> make_switching(Run&) override {
    return std::make_unique<TakesTurns>(lock_);
  }
  /// A channel whose receiver tries and yields: one that blocked would keep the lock.
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<QueueChannel>(); }

  void live(Unit& unit) override {
    const std::lock_guard hold(lock_);
    unit.run_to_end();
  }

  std::mutex lock_;
};

HiddenLock mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "a hidden lock lets one thread run at a time",
     .dies = {{TraitId::kParallelism, "who runs holds the lock, so nobody else does"},
              {TraitId::kPreemption, "a spinning thread does not let go of the lock"},
              {TraitId::kUnsynchronizedRace,
               "the lock orders every two accesses, so that there is no race to report"}},
     .may = {{TraitId::kUseCase,
              "that a reduction got no faster counts only while the machine had two cores to "
              "give"}}});

}  // namespace
}  // namespace assay
