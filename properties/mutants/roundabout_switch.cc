// Threads that hand the turn back and forth several times before they let it go.
#include "properties/mutants/costs.h"
#include "properties/mutants/threads.h"

namespace assay {
namespace {

constexpr int kTimes = 32;

class RoundaboutSwitch : public MutantThreads {
 public:
  RoundaboutSwitch() : MutantThreads("roundabout_switch") {}
  NativeCosts* native_costs() override { return &costs_; }

 private:
  class Roundabout : public KernelSwitching {
   public:
    void yield() override {
      for (int i = 0; i < kTimes; ++i) KernelSwitching::yield();
    }
  };

  std::unique_ptr<Switching> make_switching(Run&) override {
    return std::make_unique<Roundabout>();
  }

  RepeatedSwitch costs_{*std_thread().native_costs(), kTimes};
};

RoundaboutSwitch mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "every switch takes thirty-two",
     .dies = {{TraitId::kSwitchCost,
               "thirty-two switches of threads cost more than one of processes"}}});

}  // namespace
}  // namespace assay
