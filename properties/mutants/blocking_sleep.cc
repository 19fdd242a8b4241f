// Coroutines whose sleep blocks the thread that all of them run on.
#include <thread>

#include "properties/mutants/coroutines.h"

namespace assay {
namespace {

class BlockingSleep : public MutantCoroutines {
 public:
  BlockingSleep() : MutantCoroutines("blocking_sleep") {}

 private:
  class Sleeper : public Scheduler {
   public:
    void suspend_for(Waiter& waiter, std::chrono::nanoseconds duration) override {
      std::this_thread::sleep_for(duration);
      suspend(waiter);
    }
  };
  std::unique_ptr<Scheduler> make_scheduler() override { return std::make_unique<Sleeper>(); }
};

BlockingSleep mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "sleep_for blocks the whole runtime",
     .dies = {{TraitId::kSleep, "nobody runs, and so nobody begins to sleep, while one sleeps"}}});

}  // namespace
}  // namespace assay
