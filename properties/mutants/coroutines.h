/// Mutants of the coroutine runtime: a mutant overrides its scheduler, or its channel.
#pragma once

#include <memory>

#include "models/coroutine/coroutine.h"
#include "models/coroutine/scheduler.h"
#include "properties/mutants/mutant.h"

namespace assay {

class MutantCoroutines : public MutantRuntime {
 public:
  [[nodiscard]] std::optional<std::string> refuses(const Bodies& bodies) const override {
    return coroutine().refuses(bodies);
  }

 protected:
  explicit MutantCoroutines(std::string name, UnderTsan under_tsan = UnderTsan::kUnknown)
      : MutantRuntime(coroutine(), std::move(name), under_tsan) {}

  virtual std::unique_ptr<Scheduler> make_scheduler() { return std::make_unique<Scheduler>(); }

  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override {
    run_coroutines(*make_scheduler(), run, units, bound);
  }
};

}  // namespace assay
