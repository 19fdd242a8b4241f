// A scheduler of coroutines that passes over the last unit.
#include "properties/mutants/passes_over.h"

namespace assay {
namespace {

class Starves : public PassesOver {
 private:
  [[nodiscard]] const Waiter* victim() const override { return &starts().back(); }
};

LoopRuntime<Starves> mutant("starving_scheduler");
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "one unit gets no turn while others can go on",
     .dies = {{TraitId::kScheduling, "a unit that is ready waits for thousands of turns"}}});

}  // namespace
}  // namespace assay
