// Threads whose sleeps wait for each other.
#include <mutex>

#include "properties/mutants/threads.h"

namespace assay {
namespace {

class SerialSleep : public MutantThreads {
 public:
  SerialSleep() : MutantThreads("serial_sleep") {}

 private:
  class OneSleeper : public KernelSwitching {
   public:
    void sleep_for(std::chrono::nanoseconds duration) override {
      const std::lock_guard hold(sleeping_);
      KernelSwitching::sleep_for(duration);
    }

   private:
    std::mutex sleeping_;
  };

  std::unique_ptr<Switching> make_switching(Run&) override {
    return std::make_unique<OneSleeper>();
  }
};

SerialSleep mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "a thread sleeps only when no other does",
     .dies = {{TraitId::kSleep, "the second sleep begins when the first has ended"}}});

}  // namespace
}  // namespace assay
