// A pool that runs two units on each of its threads, where they take turns.
#include <algorithm>
#include <thread>
#include <vector>

#include "properties/mutants/shared_threads.h"

namespace assay {
namespace {

class TwoUnitsAThread : public MutantRuntime {
 public:
  TwoUnitsAThread() : MutantRuntime(std_thread(), "two_units_a_thread") {}

 private:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    SharedThreads switching;
    run.switching = &switching;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < units.size(); i += 2) {
      threads.emplace_back(&SharedThreads::be,
                           units.subspan(i, std::min<std::size_t>(2, units.size() - i)));
    }
    for (std::thread& thread : threads) thread.join();
  }
};

TwoUnitsAThread mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "a pool runs two units on each thread",
     .dies = {{TraitId::kThreadLocalStorage, "two units share the storage of their thread"},
              {TraitId::kScheduling, "two units share a kernel task"},
              {TraitId::kCommunication, "a receiver runs in the kernel task of the sender"}},
     .may = {{TraitId::kMemorySpace,
              "a write to thread-local storage is visible to one of many units, while both live"},
             {TraitId::kPreemption,
              "a unit that spins keeps its thread from one other, and from no more"},
             {TraitId::kParallelism,
              "two units never meet; many run at once only if there are cores for their threads"},
             {TraitId::kUseCase,
              "that a reduction got no faster counts only while the machine had two cores to "
              "give"}}});

}  // namespace
}  // namespace assay
