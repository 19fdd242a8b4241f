#include "models/large_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace assay {
namespace {

constexpr std::size_t kPage = std::size_t{2} << 20;

std::size_t up(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

}  // namespace

void* map_large_pages(std::size_t bytes) {
  // One page more, of which the parts before and behind are given back.
  const std::size_t size = up(bytes);
  void* mapped =
      mmap(nullptr, size + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<std::byte*>(mapped);
  const std::size_t before =
      up(reinterpret_cast<std::uintptr_t>(begin)) - reinterpret_cast<std::uintptr_t>(begin);
  std::byte* const memory = begin + before;
  if (before != 0) munmap(begin, before);
  if (before != kPage) munmap(memory + size, kPage - before);
  // Refused where the kernel has none: small pages do as well.
  static_cast<void>(madvise(memory, size, MADV_HUGEPAGE));
  return memory;
}

void unmap_large_pages(void* memory, std::size_t bytes) noexcept { munmap(memory, up(bytes)); }

}  // namespace assay
