#include "models/frame_pool.h"

#include <sys/mman.h>

namespace assay {

void* FramePool::cut(std::size_t bytes) {
  constexpr std::size_t kChunk = std::size_t{256} * 1024;
  if (left_ < bytes) {
    // A mapping, not malloc: it has no header, and untouched pages of the last chunk cost nothing.
    void* chunk = mmap(nullptr, kChunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED) throw std::bad_alloc();
    chunk_ = static_cast<std::byte*>(chunk);
    left_ = kChunk;
  }
  left_ -= bytes;
  void* frame = chunk_;
  chunk_ += bytes;
  return frame;
}

}  // namespace assay
