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

class LostRounding : public MutantRuntime {
 public:
  LostRounding() : MutantRuntime(posix_ucontext(), "lost_rounding") {}

 private:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    Forgetful contexts(units);
    run.switching = &contexts;
    for (std::size_t i = 0; i < units.size(); ++i) contexts.add();
    contexts.run();
  }
};

LostRounding mutant;
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "ucontext",
                                      .breaks = "a switch loses the floating-point environment",
                                      .dies = {{TraitId::kRegisters,
                                                "a unit finds the rounding mode of its sibling"}}});

}  // namespace
}  // namespace assay
