// A scheduler of coroutines that lets the last unit go on only when nobody else can, or when it was
// passed over thousands of times.
#include "properties/mutants/loop.h"

namespace assay {
namespace {

constexpr std::size_t kPassedOver = 5'000;

class Starves : public Loop {
 private:
  std::size_t choose(const std::deque<Waiter*>& queue) override {
    const bool is_victim = queue.front()->handle == starts().back().handle;
    if (!is_victim || queue.size() == 1 || is_idle() || ++passed_over_ >= kPassedOver) {
      if (is_victim) passed_over_ = 0;
      return 0;
    }
    return 1;
  }
  std::size_t passed_over_ = 0;
};

LoopRuntime<Starves> mutant("starving_scheduler");
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "one unit gets no turn while others can go on",
     .dies = {{TraitId::kScheduling, "a unit that is ready waits for thousands of turns"}}});

}  // namespace
}  // namespace assay
