/// The ready queue of a coroutine scheduler: handles in the order in which they became ready.
///
/// A ring of a power of two. `push_and_take` is the whole switch: where the compiler makes
/// symmetric transfer a tail call, it goes straight to the next coroutine; otherwise back to the
/// loop that drains the queue (g++ 12 grows the stack with every transfer below -O2 and in
/// sanitized code).
#pragma once

#include <coroutine>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "models/large_pages.h"
#include "models/sanitized.h"

namespace assay {

struct Run;

#if defined(__clang__)
#define ASSAY_SYMMETRIC_TRANSFER 1
#elif defined(ASSAY_TAIL_CALLS) && !defined(ASSAY_ASAN) && !defined(ASSAY_TSAN)
// g++ at -O2, which no macro of its own tells from -O1: the build says so.
#define ASSAY_SYMMETRIC_TRANSFER 1
#else
#define ASSAY_SYMMETRIC_TRANSFER 0
#endif

inline constexpr bool kSymmetricTransfer = ASSAY_SYMMETRIC_TRANSFER;

/// What await_suspend returns: the coroutine to go to, or nothing where the loop resumes.
using SuspendResult = std::conditional_t<kSymmetricTransfer, std::coroutine_handle<>, void>;

/// Returns to whoever resumed the coroutine that is being suspended.
inline SuspendResult back_to_scheduler() {
#if ASSAY_SYMMETRIC_TRANSFER
  return std::noop_coroutine();
#endif
}

class ReadyQueue {
 public:
  /// Switches between two returns to the loop, which then looks after timers and descriptors.
  static constexpr std::size_t kTurns = 1024;

  ReadyQueue() { reserve(1); }

  /// Room for so many at once, so that none of them has to move the others.
  void reserve(std::size_t handles);

  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] std::size_t size() const { return tail_ - head_; }

  void push(std::coroutine_handle<> handle) {
    if (tail_ - head_ >= mask_) [[unlikely]]
      reserve(mask_ + 1);
    ring_[tail_++ & mask_] = handle.address();
  }

  /// Only when not empty.
  std::coroutine_handle<> take() {
    return std::coroutine_handle<>::from_address(ring_[head_++ & mask_]);
  }

  SuspendResult push_and_take(std::coroutine_handle<> handle) {
    // `push` leaves a slot free for the unit that runs.
    ring_[tail_++ & mask_] = handle.address();
#if ASSAY_SYMMETRIC_TRANSFER
    if (turn_ended()) return std::noop_coroutine();
    return take();
#endif
  }

  /// True every kTurns switches, when the loop looks after the rest of the world.
  [[nodiscard]] bool turn_ended() const { return head_ % kTurns == 0; }

  /// The run whose units these are; found here, a step nearer to a frame than by way of its unit.
  Run* run = nullptr;

  /// Switches made so far.
  [[nodiscard]] std::size_t taken() const { return head_; }

 private:
  std::vector<void*, LargePages<void*>> ring_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::size_t mask_ = 0;
};

}  // namespace assay
