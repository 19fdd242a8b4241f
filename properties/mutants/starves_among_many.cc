// A scheduler of coroutines that passes over one unit, as long as more than ten are there.
#include "properties/mutants/loop.h"

namespace assay {
namespace {

constexpr std::size_t kFew = 10;
constexpr std::size_t kPassedOver = 5'000;

class StarvesAmongMany : public Loop {
 private:
  std::size_t choose(const std::deque<Waiter*>& queue) override {
    if (starts().size() <= kFew) return 0;
    const bool is_victim = queue.front()->handle == starts()[starts().size() / 2].handle;
    if (!is_victim || queue.size() == 1 || is_idle() || ++passed_over_ >= kPassedOver) {
      if (is_victim) passed_over_ = 0;
      return 0;
    }
    return 1;
  }
  std::size_t passed_over_ = 0;
};

LoopRuntime<StarvesAmongMany> mutant("starves_among_many");
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "one unit of more than ten gets no turn while others can go on",
     .dies = {{TraitId::kScheduling, "a unit that is ready waits for thousands of turns"}}});

}  // namespace
}  // namespace assay
