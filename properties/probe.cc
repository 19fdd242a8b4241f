#include "properties/probe.h"

#include <array>

namespace assay {
namespace {

constexpr std::array<Probe, 17> kProbes{{
    {TraitId::kMemorySpace, &observe_memory_space},
    {TraitId::kIsolation, &observe_isolation},
    {TraitId::kScheduling, &observe_scheduling},
    {TraitId::kSwitchCost, &observe_switch_cost},
    {TraitId::kCreationCost, &observe_creation_cost},
    {TraitId::kScalability, &observe_scalability},
    {TraitId::kCommunication, &observe_communication},
    {TraitId::kPreemption, &observe_preemption},
    {TraitId::kUseCase, &observe_use_case},
    {TraitId::kOwnStack, &observe_own_stack},
    {TraitId::kRegisters, &observe_registers},
    {TraitId::kThreadLocalStorage, &observe_thread_local_storage},
    {TraitId::kUnlockedUpdates, &observe_unlocked_updates},
    {TraitId::kParallelism, &observe_parallelism},
    {TraitId::kSleep, &observe_sleep},
    {TraitId::kUnjoinedWork, &observe_unjoined_work},
    {TraitId::kUnsynchronizedRace, &observe_unsynchronized_race},
}};

}  // namespace

std::span<const Probe> probes() { return kProbes; }

const Probe& probe_of(TraitId trait) { return kProbes.at(static_cast<std::size_t>(trait)); }

}  // namespace assay
