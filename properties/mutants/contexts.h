/// Units as POSIX contexts, for mutants that switch them wrongly.
#pragma once

#include <ucontext.h>

#include <deque>
#include <string>
#include <utility>

#include "models/adapters/adapters.h"
#include "models/adapters/guarded_stack.h"
#include "models/adapters/round_robin.h"
#include "properties/mutants/mutant.h"

namespace assay {

class Contexts : public RoundRobin {
 public:
  explicit Contexts(std::span<Unit> units) : RoundRobin(units) {}

  /// Makes the context of the next unit.
  void add(std::span<std::byte> stack) {
    ucontext_t& context = contexts_.emplace_back();
    getcontext(&context);
    context.uc_stack.ss_sp = stack.data();
    context.uc_stack.ss_size = stack.size();
    context.uc_link = &scheduler_;
    makecontext(&context, &start, 0);
    add_stack(stack);
  }
  /// With a stack of its own.
  void add() { add(stacks_.emplace_back(kStackBytes).usable()); }

  void run() {
    starting = this;
    take_turns();
  }

 protected:
  void enter() override { swapcontext(&scheduler_, &contexts_[current()]); }
  void leave() override { swapcontext(&contexts_[current()], &scheduler_); }
  [[nodiscard]] const ucontext_t& context(std::size_t unit) const { return contexts_[unit]; }

 private:
  static void start() { starting->run_current(); }

  static inline thread_local Contexts* starting = nullptr;  // makecontext(3) passes numbers only.
  ucontext_t scheduler_{};
  std::deque<ucontext_t> contexts_;
  std::deque<GuardedStack> stacks_;
};

/// A mutant of the runtime of POSIX contexts, with switches of its own.
template <typename ItsContexts>
class ContextsRuntime : public MutantRuntime {
 public:
  explicit ContextsRuntime(std::string name) : MutantRuntime(posix_ucontext(), std::move(name)) {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    ItsContexts contexts(units);
    run.switching = &contexts;
    for (std::size_t i = 0; i < units.size(); ++i) contexts.add();
    contexts.run();
  }
};

}  // namespace assay
