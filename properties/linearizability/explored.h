/// Histories of the controlled runtime: every interleaving of a few calls of an object.
///
/// An object is a class template over an environment (models/controlled/environment.h):
///
///     template <typename Env>
///     struct Stack {
///       Routine<std::int64_t> call(UnitOf<Env> unit, const Call& call);
///     };
///
/// Time is a shared variable that calls read when they begin and change when they end, both
/// relaxed: the order of a return and an invocation is then a difference between interleavings,
/// which the reduction keeps, and makes nothing happen before anything.
#pragma once

#include <memory>
#include <new>
#include <optional>
#include <string>

#include "models/controlled/explore.h"
#include "models/controlled/subject.h"
#include "properties/linearizability/checker.h"
#include "properties/linearizability/search.h"

namespace assay::linearizability {

/// Calls as units of the controlled runtime. `finish` requires that the history is linearizable.
template <typename Object>
class CallsSubject final : public controlled::Subject {
 public:
  CallsSubject(Calls calls, const Specification& specification)
      : calls_(std::move(calls)), specification_(specification) {}

  [[nodiscard]] std::size_t units() const override { return calls_.size(); }
  void start(controlled::Execution& execution) override {
    state_.emplace();
    history_.clear();
    time_ = 0;
    for (std::size_t unit = 0; unit < units(); ++unit) {
      execution.set_current(unit);
      frames_[unit] = body(UnitOf<Controlled>(unit)).frame;
    }
  }
  void finish(Outcome& outcome) override {
    const bool linearizable = check(history_, specification_).linearizable;
    outcome.require(linearizable, "the calls are linearizable");
    if (!linearizable) wrong_ = history_;
  }
  void discard(controlled::Execution& execution) override {
    for (std::size_t unit = 0; unit < units(); ++unit) {
      if (!execution.ended(unit)) frames_[unit].destroy();
    }
    state_.reset();
  }
  /// The last history that was not linearizable.
  [[nodiscard]] const History& wrong() const { return wrong_; }

 private:
  struct State {
    Object object;
    Shared<Controlled, int> time{"time"};
  };

  Body<Controlled> body(UnitOf<Controlled> unit) {
    for (const Call& call : calls_[unit.index()]) {
      co_await state_->time.load(std::memory_order_relaxed);
      const std::size_t place = history_.size();
      history_.push_back({unit.index(), call, 0, ++time_, kNever});
      const std::int64_t result = co_await state_->object.call(unit, call);
      co_await state_->time.fetch_add(1, std::memory_order_relaxed);
      history_[place].result = result;
      history_[place].returned = ++time_;
    }
  }

  Calls calls_;
  const Specification& specification_;
  std::optional<State> state_;
  std::array<std::coroutine_handle<>, controlled::kMaxUnits> frames_;
  History history_;
  History wrong_;
  std::uint64_t time_ = 0;
};

/// What was explored in all.
struct Coverage {
  std::uint64_t executions = 0;
  std::uint64_t programs = 0;
  std::uint64_t exhausted = 0;  ///< Programs all of whose interleavings were explored.

  void add(const controlled::Exploration& result) {
    executions += result.executions;
    exhausted += result.exhausted ? 1 : 0;
    ++programs;
  }
};

/// A failure of the calls with its smallest schedule, as a table.
std::string smallest_schedule(controlled::Subject& subject,
                              const controlled::ExploreOptions& options,
                              const controlled::Failing& failing);

/// For find_fault, which must not outlive `coverage`. A fault is a history that is not
/// linearizable, or a data race, deadlock and so on within the object. `Object`: one over
/// Controlled.
template <typename Object>
RunCalls explored(const Specification& specification, const controlled::ExploreOptions& options,
                  Coverage& coverage) {
  return [&specification, options, &coverage](const Calls& calls) -> std::optional<Fault> {
    CallsSubject<Object> subject(calls, specification);
    const controlled::Exploration result = controlled::explore(subject, options);
    coverage.add(result);
    if (result.passed()) return std::nullopt;
    Fault fault{calls, {}, text_of(calls, specification)};
    if (!subject.wrong().empty()) {
      fault.history = minimal(subject.wrong(), specification);
      fault.text += draw(fault.history, specification);
    }
    fault.tell = [calls, &specification, options, failing = *result.failure()] {
      CallsSubject<Object> again(calls, specification);
      return smallest_schedule(again, options, failing);
    };
    return fault;
  };
}

}  // namespace assay::linearizability
