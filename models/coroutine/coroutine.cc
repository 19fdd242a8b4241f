#include "models/coroutine/coroutine.h"

#include "models/coroutine/coroutine_costs.h"
#include "models/coroutine/scheduler.h"

namespace assay {
namespace {

RuntimeInfo make_info() {
  constexpr Model kModel = Model::kCoroutine;
  return {
      "coroutine",
      kModel,
      "C++",
      "C++20 coroutines on one thread, with a ready queue, timers and epoll",
      {
          claim(kModel, TraitId::kMemorySpace, MemorySpace::kSharedSameThread,
                "shared (same thread)", "C++20 [dcl.fct.def.coroutine], [basic.stc.thread]"),
          claim(kModel, TraitId::kIsolation, Rank::kLow, "low",
                "C++20 [dcl.fct.def.coroutine]: a coroutine is a function of its thread"),
          claim(kModel, TraitId::kScheduling, Scheduling::kUserSpace, "user space (cooperative)",
                "C++20 [expr.await]: control returns to the caller or resumer"),
          claim(kModel, TraitId::kSwitchCost, Rank::kLow, "low",
                "C++20 [coroutine.handle.resumption]: a switch is an indirect call"),
          claim(kModel, TraitId::kCreationCost, Rank::kLow, "very low",
                "C++20 [dcl.fct.def.coroutine]/9: a frame is one allocation"),
          claim(kModel, TraitId::kScalability, Rank::kHigh, "high (thousands possible)",
                "C++20 [dcl.fct.def.coroutine]/9: a unit is its frame"),
          claim(kModel, TraitId::kCommunication, Communication::kSharedState, "shared state",
                "C++20 [dcl.fct.def.coroutine]: coroutines of one thread share its state"),
          claim(kModel, TraitId::kPreemption, Preemption::kNo, "no (manual yield/await)",
                "C++20 [expr.await]: suspension only at an await-expression"),
          claim(kModel, TraitId::kUseCase, UseCase::kHighConcurrency, "async I/O, high concurrency",
                "epoll(7)"),
          claim(kModel, TraitId::kOwnStack, Ownership::kShared, "shared",
                "C++20 [dcl.fct.def.coroutine]: coroutines are stackless"),
          claim(kModel, TraitId::kRegisters, Ownership::kShared, "shared",
                "C++20 [cfenv.syn]/2: the floating-point environment is of a thread"),
          claim(kModel, TraitId::kThreadLocalStorage, Ownership::kShared, "shared",
                "C++20 [basic.stc.thread]: storage lasts for the thread"),
          claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kKept,
                "kept between suspensions", "C++20 [expr.await]"),
          claim(kModel, TraitId::kParallelism, Parallelism::kOneAtATime, "one at a time",
                "C++20 [intro.execution]: one thread of execution"),
          claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap",
                "the scheduler's heap of timers"),
          claim(kModel, TraitId::kUnjoinedWork, UnjoinedWork::kEnds, "ends",
                "exit(3): its frames are memory of the process"),
          claim(kModel, TraitId::kUnsynchronizedRace, UnsynchronizedRace::kSilent, "silent",
                "C++20 [intro.races]/21: a data race needs two threads"),
      }};
}

class CoroutineRuntime : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  NativeCosts* native_costs() override { return &coroutine_costs(); }

  [[nodiscard]] std::optional<std::string> refuses(const Bodies& bodies) const override {
    if (bodies.blocking) return "a plain function cannot be suspended without a stack of its own";
    return BodyRuntime::refuses(bodies);
  }

 protected:
  [[nodiscard]] bool stays_in_process() const override { return true; }
  [[nodiscard]] bool leaves_host_fresh() const override { return true; }

  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override {
    Scheduler scheduler;
    run_coroutines(scheduler, run, units, bound);
  }

 private:
  RuntimeInfo info_ = make_info();
};

}  // namespace

BodyRuntime& coroutine() {
  static CoroutineRuntime runtime;
  return runtime;
}

}  // namespace assay
