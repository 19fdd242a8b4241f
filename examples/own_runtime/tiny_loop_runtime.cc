#include "tiny_loop_runtime.h"

#include "tiny_loop.h"

namespace {

using namespace assay;

/// How a body that awaits something comes back: its waiter is posted until it is ready.
class OnTinyLoop : public Switching {
 public:
  explicit OnTinyLoop(TinyLoop& loop) : loop_(&loop) {}
  [[nodiscard]] bool blocks() const override { return false; }
  void suspend(Waiter& waiter) override {
    loop_->post([this, &waiter] { resume(waiter); });
  }
  void suspend_for(Waiter& waiter, std::chrono::nanoseconds delay) override {
    loop_->post_after(delay, [this, &waiter] { resume(waiter); });
  }

 private:
  void resume(Waiter& waiter) {
    if (!waiter.resume_if_ready()) suspend(waiter);
  }
  TinyLoop* loop_;
};

RuntimeInfo make_info() {
  constexpr Model kModel = Model::kCoroutine;
  const std::string source = "tiny_loop.h: functions are called on the calling thread, in order";
  return {
      "tiny_loop",
      kModel,
      "C++",
      "C++20 coroutines resumed by TinyLoop",
      {
          claim(kModel, TraitId::kMemorySpace, MemorySpace::kSharedSameThread,
                "shared (same thread)", source),
          claim(kModel, TraitId::kScheduling, Scheduling::kUserSpace, "user space", source),
          claim(kModel, TraitId::kPreemption, Preemption::kNo, "no", source),
          claim(kModel, TraitId::kThreadLocalStorage, Ownership::kShared, "shared", source),
          claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kKept, "kept", source),
          claim(kModel, TraitId::kParallelism, Parallelism::kOneAtATime, "one at a time", source),
          claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap",
                "tiny_loop.h: post_after returns at once"),
      }};
}

class TinyLoopRuntime : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  [[nodiscard]] std::optional<std::string> refuses(const Bodies& bodies) const override {
    if (bodies.blocking) return "a plain function cannot be suspended without a stack of its own";
    return BodyRuntime::refuses(bodies);
  }

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    TinyLoop loop;
    OnTinyLoop switching(loop);
    run.switching = &switching;
    for (Unit& unit : units) {
      loop.post([&unit] { unit.start().resume(); });
    }
    loop.run();
  }

 private:
  RuntimeInfo info_ = make_info();
};

}  // namespace

assay::BodyRuntime& tiny_loop_runtime() {
  static TinyLoopRuntime runtime;
  return runtime;
}
