// Threads of which few open a descriptor, and never close it.
#include <fcntl.h>

#include <atomic>

#include "properties/mutants/threads.h"

namespace assay {
namespace {

constexpr std::uint64_t kOneOf = 64;

class DescriptorLeak : public MutantThreads {
 public:
  DescriptorLeak() : MutantThreads("descriptor_leak") {}

 private:
  void live(Unit& unit) override {
    if (++units_ % kOneOf == 0) open("/dev/null", O_RDONLY | O_CLOEXEC);
    unit.run_to_end();
  }

  std::atomic<std::uint64_t> units_{0};
};

DescriptorLeak mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "one of 64 units leaves a descriptor open",
     .dies = {
         {TraitId::kScalability, "the units that there were use up the limit of descriptors"}}});

}  // namespace
}  // namespace assay
