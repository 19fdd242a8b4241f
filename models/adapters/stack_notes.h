/// Stack notes: tell AddressSanitizer and ThreadSanitizer that a thread goes on on another stack,
/// which they cannot see. Nothing in other builds.
///
/// AddressSanitizer is told before and after a switch (sanitizer/common_interface_defs.h).
/// ThreadSanitizer is told after it only, by the side that arrived: then every function that was
/// entered under one stack's name is left under the same, whatever a library does in between.
#pragma once

#include <cstddef>
#include <span>

#include "models/sanitized.h"

#if defined(ASSAY_ASAN)
#include <sanitizer/common_interface_defs.h>
#elif defined(ASSAY_TSAN)
#include <sanitizer/tsan_interface.h>
extern "C" void __tsan_func_entry(void* call_pc);
#endif

namespace assay {

class StackNotes {
 public:
  StackNotes(const StackNotes&) = delete;
  StackNotes& operator=(const StackNotes&) = delete;

#if defined(ASSAY_ASAN)
  /// Of the calling thread's own stack.
  StackNotes() = default;
  explicit StackNotes(std::span<std::byte> stack) : bottom_(stack.data()), size_(stack.size()) {}

  void leaves_for(const StackNotes& to) {
    __sanitizer_start_switch_fiber(&fake_stack_, to.bottom_, to.size_);
  }
  void leaves_for_good(const StackNotes& to) {
    __sanitizer_start_switch_fiber(nullptr, to.bottom_, to.size_);
  }
  void arrived() { __sanitizer_finish_switch_fiber(fake_stack_, nullptr, nullptr); }
  /// For the first time, out of a stack whose place becomes known by it.
  void arrived_first(StackNotes& from) {
    __sanitizer_finish_switch_fiber(nullptr, &from.bottom_, &from.size_);
  }

 private:
  void* fake_stack_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
#elif defined(ASSAY_TSAN)
  StackNotes() : fiber_(__tsan_get_current_fiber()), own_(false) {}
  explicit StackNotes(std::span<std::byte>) : fiber_(__tsan_create_fiber(0)), own_(true) {}
  ~StackNotes() {
    if (own_) __tsan_destroy_fiber(fiber_);
  }

  void leaves_for(const StackNotes&) {}
  void leaves_for_good(const StackNotes&) {}
  void arrived() { __tsan_switch_to_fiber(fiber_, 0); }
  /// Functions that were entered before, under the name of the stack that was left, end under this
  /// one's: room for as many, since ThreadSanitizer counts without looking.
  void arrived_first(StackNotes&) {
    constexpr int kFramesOfLibraries = 32;
    arrived();
    for (int i = 0; i < kFramesOfLibraries; ++i) __tsan_func_entry(__builtin_return_address(0));
  }

 private:
  void* fiber_;
  bool own_;
#else
  StackNotes() = default;
  explicit StackNotes(std::span<std::byte>) {}
  void leaves_for(const StackNotes&) {}
  void leaves_for_good(const StackNotes&) {}
  void arrived() {}
  void arrived_first(StackNotes&) {}
#endif
};

}  // namespace assay
