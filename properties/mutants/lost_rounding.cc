// Fibers that go on with the floating-point environment of whoever left last.
#include <cfenv>

#include "properties/mutants/contexts.h"

namespace assay {
namespace {

class Forgetful : public Contexts {
 public:
  using Contexts::Contexts;

 private:
  void leave() override {
    std::fegetenv(&last_);
    Contexts::leave();
    std::fesetenv(&last_);
  }
  std::fenv_t last_{};
};

ContextsRuntime<Forgetful> mutant("lost_rounding");
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "ucontext",
                                      .breaks = "a switch loses the floating-point environment",
                                      .dies = {{TraitId::kRegisters,
                                                "a unit finds the rounding mode of its sibling"}}});

}  // namespace
}  // namespace assay
