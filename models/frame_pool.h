/// A pool of coroutine frames: a free list for each multiple of 16 bytes, cut from large chunks.
///
/// One pool a kernel thread, without locks. A frame may be released by another thread than the one
/// that allocated it; it then serves that thread. Chunks are kept until the process ends; those of
/// a thread that ended serve a later one. Sanitized builds use operator new, so that they see every
/// frame.
#pragma once

#include <array>
#include <cstddef>
#include <new>

#include "models/sanitized.h"

namespace assay {

inline constexpr bool kPoolsFrames = !kSanitized;

class FramePool {
 public:
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kLargest = 1024;

  /// The pool of the calling thread.
  static FramePool& mine() {
    static thread_local constinit FramePool pool;
    return pool;
  }

  /// At least `bytes` bytes, aligned to 16; `bytes` is at most kLargest. Throws std::bad_alloc.
  void* allocate(std::size_t bytes) {
    Free*& list = lists_[(bytes - 1) / kStep];
    if (list == nullptr) return cut((bytes + kStep - 1) / kStep * kStep);
    void* frame = list;
    list = list->next;
    return frame;
  }

  /// `frame` came from `allocate(bytes)` of any pool.
  void release(void* frame, std::size_t bytes) {
    Free*& list = lists_[(bytes - 1) / kStep];
    list = new (frame) Free{list};
  }

 private:
  struct Free {
    Free* next;
  };

  void* cut(std::size_t bytes);
  /// Becomes the pool of a thread that ended, if there is one; to be called by the thread's own
  /// pool.
  bool inherit();

  std::array<Free*, kLargest / kStep> lists_{};
  std::byte* chunk_ = nullptr;
  std::size_t left_ = 0;
  std::size_t mapped_ = 0;
};

inline void* allocate_frame(std::size_t bytes) {
  if (!kPoolsFrames || bytes > FramePool::kLargest) return ::operator new(bytes);
  return FramePool::mine().allocate(bytes);
}

inline void release_frame(void* frame, std::size_t bytes) {
  if (!kPoolsFrames || bytes > FramePool::kLargest) return ::operator delete(frame);
  FramePool::mine().release(frame, bytes);
}

}  // namespace assay
