/// World: the memory of an explored program, at the same addresses in every execution.
///
/// Each unit has a slot of address space for its heap and its stack, so an address depends on what
/// its unit did before, and not on the others. Memory is never used twice in an execution: what was
/// freed stays freed, and a use of it is found. `reset` forgets all blocks.
///
/// Hazard: for one kernel thread. A unit has 192 MiB of heap and 8 MiB of stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/controlled/clock.h"

namespace assay::unmodified {

using Address = std::uintptr_t;

namespace world {

inline constexpr Address kBase = 0x3a0000000000;
inline constexpr std::size_t kSlotBytes = std::size_t{256} << 20;
inline constexpr std::size_t kHeapBytes = std::size_t{192} << 20;
inline constexpr std::size_t kStackBytes = std::size_t{8} << 20;
/// The slot of what is allocated before anything is explored, such as by initializers of globals.
inline constexpr std::size_t kEarly = controlled::kMaxUnits;
inline constexpr std::size_t kSlots = kEarly + 1;
inline constexpr std::size_t kBytes = kSlots * kSlotBytes;

/// Reserves the address space. Throws std::system_error. Again is nothing.
void create();

inline bool contains(Address address) { return address - kBase < kBytes; }
inline std::size_t slot_of(Address address) { return (address - kBase) / kSlotBytes; }
inline Address slot_base(std::size_t slot) { return kBase + slot * kSlotBytes; }
/// The highest address of the stack of a unit, and the lowest.
inline Address stack_top(std::size_t slot) { return slot_base(slot) + kSlotBytes; }
inline Address stack_bottom(std::size_t slot) { return stack_top(slot) - kStackBytes; }
inline bool on_stack(Address address) {
  return (address - kBase) % kSlotBytes >= kSlotBytes - kStackBytes;
}

/// Below a stack, where nothing may be touched.
inline constexpr std::size_t kGuardBytes = kStackBytes;
inline bool in_guard(Address address) {
  return contains(address) && stack_bottom(slot_of(address)) - address - 1 < kGuardBytes;
}

/// A new block, filled with a pattern that is no valid pointer; null when the slot is full.
void* allocate(std::size_t slot, std::size_t bytes, std::size_t alignment = 16);
/// Bytes of a block that `allocate` returned, or 0 where no block starts.
std::size_t size_of(const void* block);
/// Which block of its slot it is, from 1: for names.
std::size_t number_of(Address address, Address* start);

/// Forgets all blocks of all units.
void reset();
/// Keeps what was allocated early as it is now; `restore_early` makes it so again.
void keep_early();
void restore_early();

}  // namespace world
}  // namespace assay::unmodified
