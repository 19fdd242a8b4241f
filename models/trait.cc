#include "models/trait.h"

#include <array>

namespace assay {
namespace {

using enum ValueKind;

constexpr std::array<TraitValue, 3> kMemorySpaceValues{{
    {"separate", "a write by a sibling is invisible everywhere but in a shared mapping",
     kUniversal},
    {"shared", "a write by a sibling is visible everywhere but in thread-local storage",
     kExistential},
    {"shared_same_thread", "a write by a sibling is visible, in thread-local storage too",
     kExistential},
}};
constexpr std::array<TraitValue, 3> kIsolationValues{{
    {"high", "contains more faults than its rivals", kOrder},
    {"medium", "contains more faults than one rival and fewer than the other", kOrder},
    {"low", "contains fewer faults than its rivals", kOrder},
}};
constexpr std::array<TraitValue, 2> kSchedulingValues{{
    {"os_kernel", "units are kernel tasks, and the kernel counts their switches", kExistential},
    {"user_space", "units share a kernel task and switch without the kernel", kUniversal},
}};
constexpr std::array<TraitValue, 3> kCostValues{{
    {"high", "costs more than its rivals", kOrder},
    {"medium", "costs more than one rival and less than the other", kOrder},
    {"low", "costs less than its rivals", kOrder},
}};
constexpr std::array<TraitValue, 3> kScalabilityValues{{
    {"high", "a live unit takes fewer bytes than with its rivals", kOrder},
    {"medium", "a live unit takes more bytes than with one rival, fewer than with the other",
     kOrder},
    {"low", "a live unit takes more bytes than with its rivals", kOrder},
}};
constexpr std::array<TraitValue, 3> kCommunicationValues{{
    {"ipc", "a message crosses the kernel, and an address means nothing to its receiver",
     kExistential},
    {"shared_memory", "a receiver in another kernel task reads the sender's memory in place",
     kExistential},
    {"shared_state", "the receiver runs in the sender's kernel task and reads its memory in place",
     kExistential},
}};
constexpr std::array<TraitValue, 2> kPreemptionValues{{
    {"yes", "a sibling makes progress while a unit spins on the same core", kExistential},
    {"no", "a sibling makes no progress until the spinning unit yields", kUniversal},
}};
constexpr std::array<TraitValue, 3> kUseCaseValues{{
    {"isolation", "a confined worker parses hostile input, attacks and fails; its parent survives",
     kExistential},
    {"parallel_compute", "a parallel reduction gets faster with the units", kExistential},
    {"high_concurrency", "an echo server holds its connections with one unit each", kExistential},
}};
constexpr std::array<TraitValue, 2> kOwnStackValues{{
    {"own", "live frames of two units never overlap", kUniversal},
    {"shared", "frames of two live units take the same memory", kExistential},
}};
constexpr std::array<TraitValue, 2> kRegistersValues{{
    {"own", "registers and floating-point environment survive a switch", kUniversal},
    {"shared", "a unit sees a register or floating-point mode that a sibling set", kExistential},
}};
constexpr std::array<TraitValue, 2> kThreadLocalStorageValues{{
    {"own", "a thread-local variable of a unit is never seen by another", kUniversal},
    {"shared", "a unit reads what a sibling wrote to a thread-local variable", kExistential},
}};
constexpr std::array<TraitValue, 3> kUnlockedUpdatesValues{{
    {"lost", "updates are lost without a lock, none with it", kExistential},
    {"kept", "no update is lost between two suspension points, even without a lock", kUniversal},
    {"private", "a unit updates a copy of its own; nothing is shared that could be lost",
     kUniversal},
}};
constexpr std::array<TraitValue, 2> kParallelismValues{{
    {"parallel", "two units meet while both are running", kExistential},
    {"one_at_a_time", "two units are never running at once", kUniversal},
}};
constexpr std::array<TraitValue, 2> kSleepValues{{
    {"overlaps", "two sleeping units wait at the same time", kExistential},
    {"serial", "a unit sleeps only when its sibling woke up", kUniversal},
}};
constexpr std::array<TraitValue, 2> kUnjoinedWorkValues{{
    {"continues", "a unit that nobody joined goes on after the program that started it ended",
     kExistential},
    {"ends", "a unit that nobody joined ends with the program that started it", kUniversal},
}};
constexpr std::array<TraitValue, 2> kUnsynchronizedRaceValues{{
    {"reported", "ThreadSanitizer reports units that share the heap without a lock", kExistential},
    {"silent", "ThreadSanitizer reports nothing", kUniversal},
}};

constexpr std::array<Trait, 17> kTraits{{
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

}  // namespace

std::span<const Trait> traits() { return kTraits; }

const Trait& trait(TraitId id) { return kTraits[static_cast<std::size_t>(id)]; }

const Trait* find_trait(std::string_view slug) {
  for (const Trait& candidate : kTraits) {
    if (candidate.slug == slug) return &candidate;
  }
  return nullptr;
}

ValueSet ValueSet::all(const Trait& trait) {
  ValueSet set;
  for (std::size_t i = 0; i < trait.values.size(); ++i) set.insert(static_cast<std::uint8_t>(i));
  return set;
}

}  // namespace assay
