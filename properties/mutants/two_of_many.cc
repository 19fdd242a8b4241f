// Threads of which two, far behind the first, are one: they take turns on it.
#include <thread>
#include <vector>

#include "properties/mutants/shared_threads.h"

namespace assay {
namespace {

constexpr std::size_t kFirst = 40;  ///< The unit that shares its thread with the next.

class TwoOfMany : public MutantRuntime {
 public:
  TwoOfMany() : MutantRuntime(std_thread(), "two_of_many") {}

 private:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    SharedThreads switching;
    run.switching = &switching;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (i == kFirst && i + 1 < units.size()) {
        threads.emplace_back(&SharedThreads::be, units.subspan(i++, 2));
      } else {
        threads.emplace_back([&unit = units[i]] { unit.run_to_end(); });
      }
    }
    for (std::thread& thread : threads) thread.join();
  }
};

TwoOfMany mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "units 40 and 41 run on one thread",
     .dies = {{TraitId::kThreadLocalStorage, "two of many units share the storage of their thread"},
              {TraitId::kScheduling, "two of many units share a kernel task"},
              {TraitId::kMemorySpace,
               "a write to thread-local storage is visible to one of many units"}}});

}  // namespace
}  // namespace assay
