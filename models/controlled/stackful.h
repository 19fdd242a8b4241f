/// Stackful units: bodies that are plain functions, on stacks of their own.
///
/// `now(operation)` in a plain function does what `co_await operation` does in a coroutine: it is a
/// step, and others may run before it returns. A scenario whose `body` returns void is such a
/// function; everything that it calls may use `now` too.
///
/// Cost: a switch of stacks a step, some ten times that of a coroutine. Stacks are 128 KiB above a
/// guard, and used again. A unit that never goes on is ended by an exception of type Abandoned,
/// which a body must let through. AddressSanitizer is told of the switches; for ThreadSanitizer the
/// function is part of its unit (models/controlled/tsan_watch.h). Source of the switch:
/// Boost.Context, fcontext.
#pragma once

#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "models/controlled/body.h"

namespace assay::controlled {

/// Thrown by `now` in a unit that will not go on.
struct Abandoned {};

/// A plain function on a stack of its own, between two calls of `run`.
class StackfulUnit {
 public:
  explicit StackfulUnit(std::function<void()> function);
  StackfulUnit(const StackfulUnit&) = delete;
  StackfulUnit& operator=(const StackfulUnit&) = delete;
  /// Ends the function by Abandoned if it has not ended.
  ~StackfulUnit();

  /// Runs the function until its next `give_way`, or to its end. Rethrows what leaves it.
  void run();
  [[nodiscard]] bool ended() const;
  /// Goes back to the caller of `run`. Throws Abandoned.
  void give_way();

  /// The unit whose function runs; null on the kernel thread's own stack.
  static StackfulUnit* mine();
  /// The coroutine in whose name the unit announces its operations.
  std::coroutine_handle<> coroutine;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The coroutine of a stackful unit: resumed when its operation is taken.
UnitBody run_stackful(std::function<void()> function);

/// Carries out an operation, or awaits a routine, from a plain function.
template <typename Awaitable>
ASSAY_WATCHED inline auto wait_on_stack(Awaitable&& operation) {
  if (!operation.await_ready()) {
    StackfulUnit& unit = *StackfulUnit::mine();
    operation.await_suspend(unit.coroutine);
    unit.give_way();
  }
  return operation.await_resume();
}

}  // namespace assay::controlled

namespace assay {

/// As `co_await operation`, in a plain function that runs in a unit with a stack of its own.
template <typename Awaitable>
ASSAY_WATCHED inline auto now(Awaitable&& operation) {
  return controlled::wait_on_stack(std::forward<Awaitable>(operation));
}

}  // namespace assay
