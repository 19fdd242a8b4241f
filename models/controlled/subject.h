/// Subject: what the controlled runtime explores, a scenario for a number of units; and `run_once`,
/// one execution of it.
#pragma once

#include <array>
#include <memory>
#include <new>

#include "models/controlled/execution.h"
#include "models/controlled/outcome.h"
#include "models/controlled/stackful.h"
#include "models/controlled/sync.h"
#include "models/frame_pool.h"

namespace assay::controlled {

class Subject {
 public:
  virtual ~Subject() = default;
  [[nodiscard]] virtual std::size_t units() const = 0;
  /// Makes the shared state anew and lets every unit run up to its first operation; each by
  /// Execution::run_as.
  virtual void start(Execution& execution) = 0;
  /// After all units ended: records the outcome and checks what must hold.
  virtual void finish(Outcome& outcome) = 0;
  /// Destroys what `start` made, and units that have not ended.
  virtual void discard(Execution& execution) = 0;
};

/// `Scenario` has a member `Body<Controlled> body(UnitOf<Controlled>)`, which every unit runs, or a
/// plain function `void body(UnitOf<Controlled>)` (models/controlled/stackful.h); and
/// `void finish(Outcome&)`. It is made by its default constructor, or from the number of units.
template <typename Scenario>
class ScenarioSubject final : public Subject {
 public:
  explicit ScenarioSubject(std::size_t units) : units_(units) {}

  [[nodiscard]] std::size_t units() const override { return units_; }
  void start(Execution& execution) override {
    void* const memory =
        kPoolsFrames ? storage_.data() : ::operator new(sizeof(Scenario), kAligned);
    if constexpr (std::is_constructible_v<Scenario, std::size_t>) {
      scenario_ = new (memory) Scenario(units_);
    } else {
      scenario_ = new (memory) Scenario();
    }
    for (std::size_t unit = 0; unit < units_; ++unit) {
      execution.run_as(unit, [&, self = UnitOf<Controlled>(unit)] {
        if constexpr (std::is_void_v<decltype(scenario_->body(self))>) {
          frames_[unit] =
              run_stackful([scenario = scenario_, self] { scenario->body(self); }).frame;
        } else {
          frames_[unit] = scenario_->body(self).frame;
        }
      });
    }
  }
  void finish(Outcome& outcome) override { scenario_->finish(outcome); }
  void discard(Execution& execution) override {
    for (std::size_t unit = 0; unit < units_; ++unit) {
      if (!execution.ended(unit)) execution.run_as(unit, [&] { frames_[unit].destroy(); });
    }
    scenario_->~Scenario();
    if (!kPoolsFrames) ::operator delete(static_cast<void*>(scenario_), kAligned);
  }

 private:
  std::size_t units_;
  std::array<std::coroutine_handle<>, kMaxUnits> frames_;
  Scenario* scenario_ = nullptr;
  /// Sanitizers are given fresh memory: ThreadSanitizer looks at no memory again that it once
  /// reported.
  static constexpr std::align_val_t kAligned{alignof(Scenario)};
  alignas(Scenario) std::array<std::byte, kPoolsFrames ? sizeof(Scenario) : 1> storage_;
};

/// Runs the subject once. `pick(execution, choices)` names the proc that takes the next step, or
/// kNobody to give the execution up. Returns whether the execution came to its end (a failure is
/// one); `outcome` is set if all units ended.
template <typename Pick>
bool run_once(Execution& execution, Subject& subject, const ExecutionOptions& options,
              Outcome& outcome, Pick&& pick) {
  execution.reset(subject.units(), options);
  subject.start(execution);
  bool complete = true;
  while (const std::uint64_t choices = execution.choices()) {
    if (execution.at_bound()) [[unlikely]] {
      execution.fail(FailureKind::kLivelock, "no end within the bound of steps");
      break;
    }
    const Proc proc = pick(execution, choices);
    if (proc == kNobody) [[unlikely]] {
      complete = false;
      break;
    }
    execution.take(proc);
  }
  execution.end_watch();
  if (complete) {
    execution.judge_end();
    outcome = Outcome(subject.units());
    if (execution.all_ended()) {
      subject.finish(outcome);
      if (outcome.broken() != nullptr) execution.fail(FailureKind::kAssertion, outcome.broken());
    }
  }
  subject.discard(execution);
  return complete;
}

}  // namespace assay::controlled
