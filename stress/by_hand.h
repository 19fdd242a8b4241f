/// Coroutines by hand, that the layers and the runtimes are held against: a ring of handles, bare
/// coroutines, and some that leave a record of their end.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <vector>

#include "models/frame_pool.h"
#include "models/runtime.h"

namespace assay {

/// Handles that are ready, in their order.
class Ring {
 public:
  /// With room for so many that are ready at once.
  explicit Ring(std::size_t units) {
    std::size_t size = 64;
    while (size < units) size *= 2;
    slots_ = std::make_unique<void*[]>(size);
    mask_ = size - 1;
  }

  [[nodiscard]] bool empty() const { return head_ == tail_; }
  /// How many were taken.
  [[nodiscard]] std::size_t taken() const { return head_; }
  void push(std::coroutine_handle<> handle) { slots_[tail_++ & mask_] = handle.address(); }
  std::coroutine_handle<> take() {
    return std::coroutine_handle<>::from_address(slots_[head_++ & mask_]);
  }
  /// Until nobody is ready.
  void run() {
    while (!empty()) take().resume();
  }

 private:
  std::unique_ptr<void*[]> slots_;
  std::size_t mask_ = 0;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

/// What a ring of handles needs, and nothing else.
struct Bare {
  struct promise_type {
    Bare get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { std::terminate(); }
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
  };
  std::coroutine_handle<promise_type> handle;
};

/// One that leaves a record of its end, also when it throws, as a unit of a runtime does.
struct Recorded {
  using Record = std::atomic<EndKind>;
  struct promise_type : Bare::promise_type {
    Record* record = nullptr;
    Recorded get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never final_suspend() noexcept {
      if (record->load(std::memory_order_acquire) == EndKind::kRunning) {
        record->store(EndKind::kCompleted, std::memory_order_release);
      }
      return {};
    }
    void unhandled_exception() { record->store(EndKind::kThrew, std::memory_order_release); }
  };
  std::coroutine_handle<promise_type> handle;
};

/// What a run of bodies does: records and handles of the units, then their ends as values.
/// `start(i)` makes the `Recorded` of unit i; `run()` runs what `ring` has.
template <typename Start, typename Run>
Ends run_recorded(std::size_t units, Ring& ring, Start start, Run run) {
  std::vector<Recorded::Record> records(units);
  std::vector<std::coroutine_handle<>> frames(units);
  for (std::size_t i = 0; i < units; ++i) {
    records[i].store(EndKind::kRunning, std::memory_order_release);
    const auto handle = start(i).handle;
    handle.promise().record = &records[i];
    frames[i] = handle;
    ring.push(handle);
  }
  run();
  Ends ends(units);
  for (std::size_t i = 0; i < units; ++i) {
    const EndKind kind = records[i].load(std::memory_order_acquire);
    if (kind == EndKind::kRunning) frames[i].destroy();
    if (kind != EndKind::kCompleted) ends.add_failure(i, {kind, 0, ""});
  }
  return ends;
}

}  // namespace assay
