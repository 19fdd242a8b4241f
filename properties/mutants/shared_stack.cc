// Fibers that share one stack: what a fiber has there is copied away when it leaves, and back when
// it goes on.
#include <vector>

#include "properties/mutants/contexts.h"

namespace assay {
namespace {

/// Below the stack pointer a leaf function may keep locals (System V ABI, AMD64, 3.2.2).
constexpr std::size_t kRedZone = 128;

const std::byte* stack_pointer(const ucontext_t& context) {
#if defined(__x86_64__)
  return reinterpret_cast<const std::byte*>(context.uc_mcontext.gregs[REG_RSP]) - kRedZone;
#elif defined(__aarch64__)
  return reinterpret_cast<const std::byte*>(context.uc_mcontext.sp) - kRedZone;
#else
#error "where the stack pointer is in a ucontext_t is not known for this architecture"
#endif
}

class OneStack : public Contexts {
 public:
  explicit OneStack(std::span<Unit> units) : Contexts(units), kept_(units.size()) {}

  void add() {
    Contexts::add(stack_.usable());
    keep(made_++);
  }

 private:
  void enter() override {
    const std::vector<std::byte>& mine = kept_[current()];
    std::copy(mine.begin(), mine.end(), end() - mine.size());
    Contexts::enter();
    keep(current());
  }
  void keep(std::size_t unit) {
    const std::byte* from = stack_pointer(context(unit));
    kept_[unit].assign(from, static_cast<const std::byte*>(end()));
  }
  std::byte* end() { return stack_.usable().data() + stack_.usable().size(); }

  GuardedStack stack_{kStackBytes};
  std::vector<std::vector<std::byte>> kept_;
  std::size_t made_ = 0;
};

ContextsRuntime<OneStack> mutant("shared_stack");
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "ucontext",
     .breaks = "all fibers run on one stack, which is copied at every switch",
     .dies = {{TraitId::kOwnStack, "frames of live units take the same memory"}}});

}  // namespace
}  // namespace assay
