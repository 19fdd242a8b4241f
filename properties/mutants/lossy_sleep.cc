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

ContextsRuntime<LosesItInSleep> mutant("lossy_sleep");
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "ucontext",
                                      .breaks = "a sleep loses the rounding mode",
                                      .dies = {{TraitId::kRegisters,
                                                "a unit finds its rounding mode changed"}}});

}  // namespace
}  // namespace assay
