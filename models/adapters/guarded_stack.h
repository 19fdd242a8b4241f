/// A stack for a fiber: a mapping whose lowest page cannot be touched, so that an overflow is a
/// fault and not damage to a neighbour.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <span>

namespace assay {

class GuardedStack {
 public:
  /// `bytes` of use, a multiple of 64 KiB. Pages are taken as they are touched. Throws
  /// std::bad_alloc when there is no room or no mapping left (vm.max_map_count).
  explicit GuardedStack(std::size_t bytes)
      : size_(bytes + kGuard),
        memory_(mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    if (mprotect(memory_, kGuard, PROT_NONE) == 0) return;
    munmap(memory_, size_);
    throw std::bad_alloc();
  }
  GuardedStack(const GuardedStack&) = delete;
  GuardedStack& operator=(const GuardedStack&) = delete;
  ~GuardedStack() { munmap(memory_, size_); }

  [[nodiscard]] std::span<std::byte> usable() const {
    return {static_cast<std::byte*>(memory_) + kGuard, size_ - kGuard};
  }

 private:
  static constexpr std::size_t kGuard = 65536;  // The largest page of the architectures here.
  std::size_t size_;
  void* memory_;
};

}  // namespace assay
