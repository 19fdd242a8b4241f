// Coroutines that leave memory behind.
#include "properties/mutants/coroutines.h"

namespace assay {
namespace {

/// Keeps the memory reachable, so that it is lost to the program but no finding of LeakSanitizer.
struct Kept {
  Kept* before;
  std::byte rest[1'000];
};
Kept* g_kept = nullptr;

class MemoryLeak : public MutantCoroutines {
 public:
  MemoryLeak() : MutantCoroutines("memory_leak") {}

 private:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override {
    for (std::size_t i = 0; i < units.size(); ++i) g_kept = new Kept{g_kept, {}};
    MutantCoroutines::run_units(run, units, bound);
  }
};

MemoryLeak mutant;
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "coroutine",
                                      .breaks = "every unit leaves a kilobyte of memory behind",
                                      .dies = {{TraitId::kScalability,
                                                "the units that there were use up the memory"}}});

}  // namespace
}  // namespace assay
