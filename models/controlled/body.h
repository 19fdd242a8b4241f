/// The coroutine forms of the controlled runtime: `UnitBody`, which a unit runs, and `Routine<T>`,
/// a part of a body that is awaited. `Step` is what `co_await` of an operation does.
///
/// Lifetime: a Body's frame belongs to the unit and goes away when it ends; what suspended for good
/// is destroyed by the run. A Routine's frame belongs to the expression that awaits it.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "models/controlled/execution.h"
#include "models/frame_pool.h"

namespace assay {

/// A part of a body: `const int v = co_await pop(unit);`. It starts when it is awaited and suspends
/// where its operations do; on any runtime. Throws what its code throws.
template <typename T = void>
class [[nodiscard]] Routine;

namespace internal {

struct RoutinePromiseBase {
  std::coroutine_handle<> continuation;
  std::exception_ptr thrown;

  struct Final {
    bool await_ready() noexcept { return false; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      // The routine may be destroyed by whom this resumes: nothing of it is touched after.
      if (ended.promise().continuation) ended.promise().continuation.resume();
    }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() { thrown = std::current_exception(); }
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
};

template <typename T>
struct RoutinePromise : RoutinePromiseBase {
  std::optional<T> value;
  Routine<T> get_return_object();
  void return_value(T result) { value = std::move(result); }
  T take() { return std::move(*value); }
};

template <>
struct RoutinePromise<void> : RoutinePromiseBase {
  Routine<void> get_return_object();
  void return_void() {}
  void take() {}
};

}  // namespace internal

template <typename T>
class [[nodiscard]] Routine {
 public:
  using promise_type = internal::RoutinePromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Routine(Handle handle) : handle_(handle) {}
  Routine(Routine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Routine(const Routine&) = delete;
  Routine& operator=(const Routine&) = delete;
  Routine& operator=(Routine&&) = delete;
  ~Routine() {
    if (handle_) handle_.destroy();
  }

  /// Runs it as a call: without symmetric transfer, which not every compiler makes a tail call.
  bool await_ready() {
    handle_.resume();
    return handle_.done();
  }
  void await_suspend(std::coroutine_handle<> waiting) { handle_.promise().continuation = waiting; }
  T await_resume() {
    if (handle_.promise().thrown) std::rethrow_exception(handle_.promise().thrown);
    return handle_.promise().take();
  }

 private:
  Handle handle_;
};

template <typename T>
Routine<T> internal::RoutinePromise<T>::get_return_object() {
  return Routine<T>(std::coroutine_handle<RoutinePromise>::from_promise(*this));
}
inline Routine<void> internal::RoutinePromise<void>::get_return_object() {
  return Routine<void>(std::coroutine_handle<RoutinePromise>::from_promise(*this));
}

namespace controlled {

/// What a unit runs. It runs up to its first operation when it is called, and tells the execution
/// of its end.
struct UnitBody {
  struct promise_type {
    UnitBody get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    /// Where only yields give way, the start is one: what comes first must not be done by all units
    /// before any schedule begins.
    struct Start {
      bool await_ready() noexcept { return !Execution::mine().cooperative(); }
      void await_suspend(std::coroutine_handle<> body) {
        const Unseen unseen;
        Execution::mine().announce(Op{}, body);
      }
      void await_resume() noexcept {}
    };
    Start initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept {
      const Unseen unseen;
      Execution::mine().unit_ended();
      return {};
    }
    void return_void() noexcept {}
    void unhandled_exception() { report_exception(); }
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
  };
  static void report_exception();

  /// Dangles once the unit has ended.
  std::coroutine_handle<> frame;
};

/// One operation: announced when it is awaited, carried out by `effect` when the schedule says so.
template <typename Effect>
class [[nodiscard]] Step {
 public:
  Step(const Op& op, Effect effect) : op_(op), effect_(effect) {}
  bool await_ready() {
    Execution& execution = Execution::mine();
    if (!execution.cooperative()) [[likely]]
      return false;
    if (op_.kind == OpKind::kYield) return false;
    const Unseen unseen;
    op_.flags |= Op::kInline;
    execution.begin_inline(op_);
    return true;
  }
  void await_suspend(std::coroutine_handle<> body) {
    const Unseen unseen;
    Execution::mine().announce(op_, body);
  }
  ASSAY_WATCHED auto await_resume() {
    const Unseen unseen;
    return effect_(Execution::mine());
  }

 private:
  Op op_;
  Effect effect_;
};

using Enabled = bool (*)(const Execution&, std::size_t unit, const void* object);

/// An operation that may have to wait: `enabled` says whether it can be taken.
template <typename Effect>
class [[nodiscard]] WaitingStep {
 public:
  WaitingStep(const Op& op, Enabled enabled, void* object, Effect effect)
      : op_(op), enabled_(enabled), object_(object), effect_(effect) {
    op_.flags |= Op::kBlocks;
  }
  bool await_ready() {
    Execution& execution = Execution::mine();
    if (!execution.cooperative()) [[likely]]
      return false;
    const Unseen unseen;
    if (enabled_ != nullptr && !enabled_(execution, execution.current(), object_)) return false;
    op_.flags |= Op::kInline;
    execution.begin_inline(op_);
    return true;
  }
  void await_suspend(std::coroutine_handle<> body) {
    const Unseen unseen;
    Execution::mine().announce(op_, body, enabled_, object_);
  }
  ASSAY_WATCHED auto await_resume() {
    const Unseen unseen;
    return effect_(Execution::mine());
  }

 private:
  Op op_;
  Enabled enabled_;
  void* object_;
  Effect effect_;
};

}  // namespace controlled
}  // namespace assay
