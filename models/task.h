/// Task: the coroutine form of a body.
///
/// A Task starts suspended and belongs to the unit that runs it (models/unit.h): its frame is
/// released when it ends, or by `Unit::destroy` when it is abandoned at a suspension point. Frames
/// come from a pool (models/frame_pool.h) in builds without a sanitizer.
#pragma once

#include <coroutine>
#include <cstddef>
#include <utility>

#include "models/frame_pool.h"

namespace assay {

class ReadyQueue;
class Unit;

class Task {
 public:
  struct promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Gives the frame to the caller, who resumes it.
  Handle release() { return std::exchange(handle_, nullptr); }

 private:
  explicit Task(Handle handle) : handle_(handle) {}
  Handle handle_;
};

struct Task::promise_type {
  /// Set by the unit that runs the task, before its first resume.
  Unit* unit = nullptr;
  /// The ready queue of the unit's run, or null: for the fast path of `unit.yield()`.
  ReadyQueue* ready = nullptr;

  Task get_return_object() { return Task(Handle::from_promise(*this)); }
  std::suspend_always initial_suspend() noexcept { return {}; }
  /// The frame goes away by itself; the unit was told by then.
  std::suspend_never final_suspend() noexcept;
  void return_void() noexcept {}
  /// What left the body: the unit's end is told, and whether it goes further is the runtime's
  /// choice.
  void unhandled_exception();

  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
};

}  // namespace assay
