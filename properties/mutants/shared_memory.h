/// Processes that share the address space of the one that started them.
///
/// A helper thread a unit calls vfork(2), which is clone(2) with CLONE_VM: the child is a process
/// of its own that lives on the stack and in the thread-local storage of the helper, which the
/// kernel suspends until the child has ended.
#pragma once

#include "properties/mutants/processes.h"

namespace assay {

class ProcessesInSharedMemory : public MutantRuntime {
 protected:
  using MutantRuntime::MutantRuntime;
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override;
};

}  // namespace assay
