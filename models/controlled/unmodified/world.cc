#include "models/controlled/unmodified/world.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

namespace assay::unmodified::world {
namespace {

/// In front of every block.
struct Header {
  static constexpr std::uint64_t kMagic = 0x6b636f6c42796153;
  std::uint64_t magic;
  std::uint64_t bytes;
};

struct Slot {
  Address next = 0;
  std::vector<Address> blocks;
};

/// Allocated once and never destroyed: memory is asked for before and after everything else.
struct State {
  std::array<Slot, kSlots> slots;
  std::vector<std::byte> early;
};
State* state = nullptr;

constexpr int kPattern = 0xBE;

}  // namespace

void create() {
  if (state != nullptr) return;
  void* const at = mmap(reinterpret_cast<void*>(kBase), kBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (at != reinterpret_cast<void*>(kBase))
    throw std::system_error(errno, std::generic_category(),
                            "no room for the memory of an explored program at 0x3a0000000000");
  state = new State;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    state->slots[slot].next = slot_base(slot);
    mprotect(reinterpret_cast<void*>(stack_bottom(slot) - kGuardBytes), kGuardBytes, PROT_NONE);
  }
}

void* allocate(std::size_t slot, std::size_t bytes, std::size_t alignment) {
  Slot& mine = state->slots[slot];
  alignment = std::max<std::size_t>(alignment, 16);
  const Address start = (mine.next + sizeof(Header) + alignment - 1) & ~(alignment - 1);
  if (bytes > kHeapBytes || start + bytes > slot_base(slot) + kHeapBytes) return nullptr;
  auto* const header = reinterpret_cast<Header*>(start) - 1;
  header->magic = Header::kMagic;
  header->bytes = bytes;
  mine.next = start + std::max<std::size_t>(bytes, 1);
  mine.blocks.push_back(start);
  return std::memset(reinterpret_cast<void*>(start), kPattern, bytes);
}

std::size_t size_of(const void* block) {
  Address start = 0;
  number_of(reinterpret_cast<Address>(block), &start);
  if (start != reinterpret_cast<Address>(block)) return 0;
  return (static_cast<const Header*>(block) - 1)->bytes;
}

std::size_t number_of(Address address, Address* start) {
  const auto& blocks = state->slots[slot_of(address)].blocks;
  const auto after = std::upper_bound(blocks.begin(), blocks.end(), address);
  *start = after == blocks.begin() ? 0 : *(after - 1);
  return static_cast<std::size_t>(after - blocks.begin());
}

void reset() {
  for (std::size_t slot = 0; slot < kEarly; ++slot) {
    state->slots[slot].next = slot_base(slot);
    state->slots[slot].blocks.clear();
  }
}

void keep_early() {
  const Slot& slot = state->slots[kEarly];
  const auto* const from = reinterpret_cast<const std::byte*>(slot_base(kEarly));
  state->early.assign(from, from + (slot.next - slot_base(kEarly)));
}

void restore_early() {
  std::memcpy(reinterpret_cast<void*>(slot_base(kEarly)), state->early.data(), state->early.size());
}

}  // namespace assay::unmodified::world
