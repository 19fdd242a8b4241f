/// LargePages: an allocator for arrays with an entry for each unit of a run.
///
/// A large array is mapped on its own, and large pages are asked for: of a run of a million
/// coroutines, a third of the time was the kernel's, for the first touch of pages of 4 KiB. Where
/// there are none the array has small ones. Sanitized builds use operator new, so that they see
/// every array.
#pragma once

#include <cstddef>
#include <limits>
#include <new>

#include "models/frame_pool.h"

namespace assay {

/// Memory of its own for `bytes`, page by page as it is touched; large pages where the kernel has
/// them (madvise(2), MADV_HUGEPAGE). Aligned to one of them. Throws std::bad_alloc.
void* map_large_pages(std::size_t bytes);
void unmap_large_pages(void* memory, std::size_t bytes) noexcept;

template <typename T>
class LargePages {
 public:
  using value_type = T;

  /// Smaller arrays come from operator new: at most a quarter of an array is waste.
  static constexpr std::size_t kSmallest = std::size_t{8} << 20;

  LargePages() = default;
  template <typename U>
  explicit(false) LargePages(const LargePages<U>& other) noexcept {
    static_cast<void>(other);
  }

  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T))
      throw std::bad_array_new_length();
    const std::size_t bytes = count * sizeof(T);
    return static_cast<T*>(is_large(bytes) ? map_large_pages(bytes) : ::operator new(bytes));
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    const std::size_t bytes = count * sizeof(T);
    if (is_large(bytes)) return unmap_large_pages(memory, bytes);
    ::operator delete(memory);
  }
  /// `std::vector(count)` leaves entries as they are: a page that nobody needs is not touched.
  template <typename U>
  void construct(U* entry) noexcept {
    ::new (static_cast<void*>(entry)) U;
  }
  template <typename U, typename... Arguments>
  void construct(U* entry, Arguments&&... arguments) {
    ::new (static_cast<void*>(entry)) U(static_cast<Arguments&&>(arguments)...);
  }
  friend bool operator==(LargePages, LargePages) { return true; }

 private:
  static bool is_large(std::size_t bytes) { return kPoolsFrames && bytes >= kSmallest; }
};

}  // namespace assay
