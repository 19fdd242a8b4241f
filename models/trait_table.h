/// The table of traits: their names, their values, and how each value is judged.
///
/// To add a trait: an enumerator of `TraitId`, an enumeration of its values, their rows, and its
/// row in `kTraits`, all here and in the same order.
#pragma once

#include <array>
#include <cstdint>

#include "models/trait.h"

namespace assay {

/// Names a trait; `trait(id)` describes it. The order is that of the table.
enum class TraitId : std::uint8_t {
  kMemorySpace,
  kIsolation,
  kScheduling,
  kSwitchCost,
  kCreationCost,
  kScalability,
  kCommunication,
  kPreemption,
  kUseCase,
  kOwnStack,
  kRegisters,
  kThreadLocalStorage,
  kUnlockedUpdates,
  kParallelism,
  kSleep,
  kUnjoinedWork,
  kUnsynchronizedRace,
};

// The values of each trait. An enumerator's number is its index in `Trait::values`.
enum class MemorySpace : std::uint8_t { kSeparate, kShared, kSharedSameThread };
/// Isolation, costs and scalability: where the runtime stands among its rivals.
enum class Rank : std::uint8_t { kHigh, kMedium, kLow };
enum class Scheduling : std::uint8_t { kOsKernel, kUserSpace };
enum class Communication : std::uint8_t { kIpc, kSharedMemory, kSharedState };
enum class Preemption : std::uint8_t { kYes, kNo };
enum class UseCase : std::uint8_t { kIsolation, kParallelCompute, kHighConcurrency };
/// Stacks, registers and thread-local storage.
enum class Ownership : std::uint8_t { kOwn, kShared };
enum class UnlockedUpdates : std::uint8_t { kLost, kKept, kPrivate };
enum class Parallelism : std::uint8_t { kParallel, kOneAtATime };
enum class Sleep : std::uint8_t { kOverlaps, kSerial };
enum class UnjoinedWork : std::uint8_t { kContinues, kEnds };
enum class UnsynchronizedRace : std::uint8_t { kReported, kSilent };

inline constexpr std::array<TraitValue, 3> kMemorySpaceValues{{
    {"separate", "a write by a sibling is invisible everywhere but in a shared mapping",
     ValueKind::kUniversal},
    {"shared", "a write by a sibling is visible everywhere but in thread-local storage",
     ValueKind::kExistential},
    {"shared_same_thread", "a write by a sibling is visible, in thread-local storage too",
     ValueKind::kExistential},
}};
inline constexpr std::array<TraitValue, 3> kIsolationValues{{
    {"high", "contains more faults than its rivals, and lets none through", ValueKind::kOrder},
    {"medium", "contains more faults than one rival, and lets some through", ValueKind::kOrder},
    {"low", "contains fewer faults than its rivals", ValueKind::kOrder},
}};
inline constexpr std::array<TraitValue, 2> kSchedulingValues{{
    {"os_kernel", "units are kernel tasks, and the kernel counts their switches",
     ValueKind::kExistential},
    {"user_space", "units share a kernel task, switch without the kernel, and all get their turn",
     ValueKind::kUniversal},
}};
inline constexpr std::array<TraitValue, 3> kCostValues{{
    {"high", "costs more than its rivals", ValueKind::kOrder},
    {"medium", "costs more than one rival and less than the other", ValueKind::kOrder},
    {"low", "costs less than its rivals", ValueKind::kOrder},
}};
inline constexpr std::array<TraitValue, 3> kScalabilityValues{{
    {"high", "a live unit takes fewer bytes than with its rivals", ValueKind::kOrder},
    {"medium", "a live unit takes more bytes than with one rival, fewer than with the other",
     ValueKind::kOrder},
    {"low", "a live unit takes more bytes than with its rivals", ValueKind::kOrder},
}};
inline constexpr std::array<TraitValue, 3> kCommunicationValues{{
    {"ipc", "a message crosses the kernel, and an address means nothing to its receiver",
     ValueKind::kExistential},
    {"shared_memory", "a receiver in another kernel task reads the sender's memory in place",
     ValueKind::kExistential},
    {"shared_state", "the receiver runs in the sender's kernel task and reads its memory in place",
     ValueKind::kExistential},
}};
inline constexpr std::array<TraitValue, 2> kPreemptionValues{{
    {"yes", "a sibling makes progress while a unit spins on the same core",
     ValueKind::kExistential},
    {"no", "a sibling makes no progress until the spinning unit yields", ValueKind::kUniversal},
}};
inline constexpr std::array<TraitValue, 3> kUseCaseValues{{
    {"isolation", "a confined worker parses hostile input, attacks and fails; its parent survives",
     ValueKind::kExistential},
    {"parallel_compute", "a parallel reduction gets faster with the units",
     ValueKind::kExistential},
    {"high_concurrency", "an echo server holds its connections with one unit each",
     ValueKind::kExistential},
}};
inline constexpr std::array<TraitValue, 2> kOwnStackValues{{
    {"own", "live frames of two units never overlap", ValueKind::kUniversal},
    {"shared", "frames of two live units take the same memory", ValueKind::kExistential},
}};
inline constexpr std::array<TraitValue, 2> kRegistersValues{{
    {"own", "registers and floating-point environment survive a switch", ValueKind::kUniversal},
    {"shared", "a unit sees a register or floating-point mode that a sibling set",
     ValueKind::kExistential},
}};
inline constexpr std::array<TraitValue, 2> kThreadLocalStorageValues{{
    {"own", "a thread-local variable of a unit is never seen by another", ValueKind::kUniversal},
    {"shared", "a unit reads what a sibling wrote to a thread-local variable",
     ValueKind::kExistential},
}};
inline constexpr std::array<TraitValue, 3> kUnlockedUpdatesValues{{
    {"lost", "updates are lost without a lock, none with it", ValueKind::kExistential},
    {"kept", "no update is lost between two suspension points, even without a lock",
     ValueKind::kUniversal},
    {"private", "a unit updates a copy of its own; nothing is shared that could be lost",
     ValueKind::kUniversal},
}};
inline constexpr std::array<TraitValue, 2> kParallelismValues{{
    {"parallel", "two units meet while both are running", ValueKind::kExistential},
    {"one_at_a_time", "two units are never running at once", ValueKind::kUniversal},
}};
inline constexpr std::array<TraitValue, 2> kSleepValues{{
    {"overlaps", "two sleeping units wait at the same time", ValueKind::kExistential},
    {"serial", "a unit sleeps only when its sibling woke up", ValueKind::kUniversal},
}};
inline constexpr std::array<TraitValue, 2> kUnjoinedWorkValues{{
    {"continues", "a unit that nobody joined goes on after the program that started it ended",
     ValueKind::kExistential},
    {"ends", "a unit that nobody joined ends with the program that started it",
     ValueKind::kUniversal},
}};
inline constexpr std::array<TraitValue, 2> kUnsynchronizedRaceValues{{
    {"reported", "ThreadSanitizer reports units that share the heap without a lock",
     ValueKind::kExistential},
    {"silent", "ThreadSanitizer reports nothing", ValueKind::kUniversal},
}};

inline constexpr std::array<Trait, 17> kTraits{{
    {TraitId::kMemorySpace, "memory_space", "MemorySpace", "Memory space", kMemorySpaceValues,
     false},
    {TraitId::kIsolation, "isolation", "Isolation", "Isolation", kIsolationValues, true},
    {TraitId::kScheduling, "scheduling", "Scheduling", "Scheduling", kSchedulingValues, false},
    {TraitId::kSwitchCost, "switch_cost", "SwitchCost", "Context switch cost", kCostValues, true},
    {TraitId::kCreationCost, "creation_cost", "CreationCost", "Creation overhead", kCostValues,
     true},
    {TraitId::kScalability, "scalability", "Scalability", "Scalability", kScalabilityValues, true},
    {TraitId::kCommunication, "communication", "Communication", "Communication",
     kCommunicationValues, false},
    {TraitId::kPreemption, "preemption", "Preemption", "Preemption", kPreemptionValues, false},
    {TraitId::kUseCase, "use_case", "UseCase", "Use case", kUseCaseValues, false},
    {TraitId::kOwnStack, "own_stack", "OwnStack", "Stack", kOwnStackValues, false},
    {TraitId::kRegisters, "registers", "Registers", "Registers", kRegistersValues, false},
    {TraitId::kThreadLocalStorage, "thread_local_storage", "ThreadLocalStorage",
     "Thread-local storage", kThreadLocalStorageValues, false},
    {TraitId::kUnlockedUpdates, "unlocked_updates", "UnlockedUpdates", "Updates without a lock",
     kUnlockedUpdatesValues, false},
    {TraitId::kParallelism, "parallelism", "Parallelism", "Parallelism", kParallelismValues, false},
    {TraitId::kSleep, "sleep", "Sleep", "Sleeps of two units", kSleepValues, false},
    {TraitId::kUnjoinedWork, "unjoined_work", "UnjoinedWork", "Work that nobody joins",
     kUnjoinedWorkValues, false},
    {TraitId::kUnsynchronizedRace, "unsynchronized_race", "UnsynchronizedRace",
     "Unlocked heap under TSan", kUnsynchronizedRaceValues, false},
}};

}  // namespace assay
