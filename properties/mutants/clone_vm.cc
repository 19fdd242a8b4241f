// Processes that share their address space.
#include "properties/mutants/shared_memory.h"

namespace assay {
namespace {

class CloneVm : public ProcessesInSharedMemory {
 public:
  CloneVm() : ProcessesInSharedMemory(fork_runtime(), "clone_vm") {}

 private:
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<PipeChannel>(); }
};

CloneVm mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "fork",
     .breaks = "processes share one address space (CLONE_VM)",
     .dies = {{TraitId::kMemorySpace, "what one process writes, all others see"},
              {TraitId::kIsolation, "a stray write of one process damages another"},
              {TraitId::kCommunication, "a receiver reads the memory of the sender in place"},
              {TraitId::kUseCase, "a confined worker overwrites its parent by an ordinary store"},
              {TraitId::kUnlockedUpdates, "all processes update the same memory"}}});

}  // namespace
}  // namespace assay
