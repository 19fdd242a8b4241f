#include <ucontext.h>

#include <deque>

#include "models/adapters/adapters.h"
#include "models/adapters/guarded_stack.h"
#include "models/adapters/round_robin.h"
#include "models/registry.h"

namespace assay {
namespace {

class Contexts : public RoundRobin {
 public:
  explicit Contexts(std::span<Unit> units) : RoundRobin(units) {}

  void add() {
    const std::span<std::byte> stack = stacks_.emplace_back(kStackBytes).usable();
    ucontext_t& context = contexts_.emplace_back();
    getcontext(&context);
    context.uc_stack.ss_sp = stack.data();
    context.uc_stack.ss_size = stack.size();
    context.uc_link = &scheduler_context_;
    makecontext(&context, &start, 0);
    add_stack(stack);
  }
  void run() {
    starting = this;
    take_turns();
  }

 private:
  void enter() override { swapcontext(&scheduler_context_, &contexts_[current()]); }
  void leave() override { swapcontext(&contexts_[current()], &scheduler_context_); }
  static void start() { starting->run_current(); }

  static inline Contexts* starting = nullptr;  // makecontext(3) passes numbers only.
  ucontext_t scheduler_context_{};
  std::deque<ucontext_t> contexts_;
  std::deque<GuardedStack> stacks_;
};

class PosixUcontext : public RoundRobinRuntime<Contexts> {
 public:
  PosixUcontext()
      : RoundRobinRuntime(
            "ucontext", "POSIX contexts that take turns on one thread",
            {.unit = "makecontext(3): a context is a flow of control of its thread",
             .turns = "swapcontext(3): saves the current context, activates another",
             .stack = "getcontext(3): uc_stack, uc_mcontext, the floating-point state",
             .limit = "mmap(2): ENOMEM at vm.max_map_count, two mappings a stack",
             .waiting = "poll(2), when no context can go on"}) {}
};

}  // namespace

BodyRuntime& posix_ucontext() {
  static PosixUcontext runtime;
  return runtime;
}

static const RuntimeRegistration kRegistered(posix_ucontext());

}  // namespace assay
