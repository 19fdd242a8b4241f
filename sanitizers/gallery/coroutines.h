/// The smallest coroutine types that the programs of the gallery need: a task that the caller
/// resumes by hand, and a generator of ints. They check nothing, so that a misuse reaches the
/// detector.
#pragma once

#include <coroutine>
#include <exception>

struct Coroutine {
  struct promise_type {
    int value = 0;

    Coroutine get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(int next) {
      value = next;
      return {};
    }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  void resume() const { handle.resume(); }
  void destroy() const { handle.destroy(); }

  std::coroutine_handle<promise_type> handle;  ///< Whoever has it destroys it, once.
};
