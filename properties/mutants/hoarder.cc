// Threads that take 256 KiB each as long as they live.
#include <cstring>
#include <vector>

#include "properties/mutants/threads.h"

namespace assay {
namespace {

class Hoarder : public MutantThreads {
 public:
  Hoarder() : MutantThreads("hoarder") {}

 private:
  void live(Unit& unit) override {
    std::vector<std::byte> hoard(std::size_t{256} * 1024, std::byte{1});
    asm volatile("" : : "r"(hoard.data()) : "memory");  // Somebody may look at it.
    unit.run_to_end();
  }
};

Hoarder mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "a living thread holds 256 KiB that it does not need",
     .dies = {{TraitId::kScalability, "a live thread takes more bytes than a process"}},
     .may = {{TraitId::kCreationCost, "what is filled for every unit costs about a process"}}});

}  // namespace
}  // namespace assay
