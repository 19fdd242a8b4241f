// Threads that open a descriptor each and never close it.
#include <fcntl.h>

#include "properties/mutants/threads.h"

namespace assay {
namespace {

class DescriptorLeak : public MutantThreads {
 public:
  DescriptorLeak() : MutantThreads("descriptor_leak") {}

 private:
  void live(Unit& unit) override {
    open("/dev/null", O_RDONLY | O_CLOEXEC);
    unit.run_to_end();
  }
};

DescriptorLeak mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "every unit leaves a descriptor open",
     .dies = {
         {TraitId::kScalability, "the units that there were use up the limit of descriptors"}}});

}  // namespace
}  // namespace assay
