#include "models/run_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace assay {
namespace {

/// What is kept holds at most so many bytes that a run wrote.
constexpr std::size_t kMostDirty = std::size_t{1} << 20;
/// It begins with this header, and what a run gets comes behind it.
constexpr std::size_t kHeader = 64;
constexpr std::size_t kSmallest = std::size_t{1} << 16;

/// The piece that is kept, or null. Whoever takes it owns it; the first bytes are its size.
std::atomic<std::byte*> kept{nullptr};

std::size_t& size_of(std::byte* piece) { return *reinterpret_cast<std::size_t*>(piece); }

void unmap(std::byte* piece) {
  if (piece != nullptr) munmap(piece, size_of(piece));
}

std::byte* take_or_map(std::size_t bytes) {
  std::byte* piece = kept.exchange(nullptr, std::memory_order_acquire);
  if (piece != nullptr && size_of(piece) >= bytes) return piece;
  unmap(piece);
  const std::size_t size = std::max(bytes, kSmallest);
  void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(),
                            "cannot map " + std::to_string(size) +
                                " bytes of memory (see `ulimit -v`, vm.max_map_count)");
  }
  size_of(static_cast<std::byte*>(mapped)) = size;
  return static_cast<std::byte*>(mapped);
}

}  // namespace

RunMemory::RunMemory(std::size_t bytes, bool alone) {
  if (alone) {
    data_ = take_or_map(bytes + kHeader) + kHeader;
  } else {
    data_ = shared_.emplace(bytes).data();
  }
}

void RunMemory::keep(std::size_t dirty) {
  if (dirty <= kMostDirty) dirty_ = dirty;
}

RunMemory::~RunMemory() {
  if (shared_) return;
  std::byte* piece = data_ - kHeader;
  if (dirty_) {
    std::memset(data_, 0, *dirty_);
    piece = kept.exchange(piece, std::memory_order_acq_rel);
  }
  unmap(piece);
}

}  // namespace assay
