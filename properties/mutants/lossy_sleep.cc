// Fibers that lose their rounding mode in a sleep, and in nothing else.
#include <cfenv>

#include "properties/mutants/contexts.h"

namespace assay {
namespace {

class LosesItInSleep : public Contexts {
 public:
  using Contexts::Contexts;
  void sleep_for(std::chrono::nanoseconds duration) override {
    Contexts::sleep_for(duration);
    std::fesetround(FE_TONEAREST);
  }
};

class LossySleep : public MutantRuntime {
 public:
  LossySleep() : MutantRuntime(posix_ucontext(), "lossy_sleep") {}

 private:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    LosesItInSleep contexts(units);
    run.switching = &contexts;
    for (std::size_t i = 0; i < units.size(); ++i) contexts.add();
    contexts.run();
  }
};

LossySleep mutant;
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "ucontext",
                                      .breaks = "a sleep loses the rounding mode",
                                      .dies = {{TraitId::kRegisters,
                                                "a unit finds its rounding mode changed"}}});

}  // namespace
}  // namespace assay
