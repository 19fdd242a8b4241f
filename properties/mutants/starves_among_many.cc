// A scheduler of coroutines that passes over one unit, as long as more than ten are there.
#include "properties/mutants/passes_over.h"

namespace assay {
namespace {

constexpr std::size_t kFew = 10;
class StarvesAmongMany : public PassesOver {
 private:
  [[nodiscard]] const Waiter* victim() const override {
    return starts().size() > kFew ? &starts()[starts().size() / 2] : nullptr;
  }
};

LoopRuntime<StarvesAmongMany> mutant("starves_among_many");
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "one unit of more than ten gets no turn while others can go on",
     .dies = {{TraitId::kScheduling, "a unit that is ready waits for thousands of turns"}}});

}  // namespace
}  // namespace assay
