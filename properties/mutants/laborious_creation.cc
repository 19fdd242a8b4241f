// Threads before each of which a mebibyte is filled and given back.
#include <sys/mman.h>

#include <cstring>

#include "properties/mutants/costs.h"
#include "properties/mutants/threads.h"

namespace assay {
namespace {

void labour() {
  constexpr std::size_t kBytes = std::size_t{1} << 20U;
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  std::memset(memory, 1, kBytes);
  asm volatile("" : : "r"(memory) : "memory");  // Somebody may look at it.
  munmap(memory, kBytes);
}

class LaboriousThreads : public MutantThreads {
 public:
  LaboriousThreads() : MutantThreads("laborious_creation") {}
  NativeCosts* native_costs() override { return &costs_; }

 private:
  void live(Unit& unit) override {
    labour();
    unit.run_to_end();
  }

  LaboriousCreation costs_{*std_thread().native_costs(), &labour};
};

LaboriousThreads mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "a mebibyte is filled for every unit before it starts",
     .dies = {
         {TraitId::kCreationCost, "256 page faults more than a thread cost more than a process"}}});

}  // namespace
}  // namespace assay
