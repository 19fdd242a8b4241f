// A pool that runs two units on each of its threads, where they take turns.
#include <sched.h>

#include <memory>
#include <thread>
#include <vector>

#include "models/thread/std_thread.h"
#include "properties/mutants/contexts.h"

namespace assay {
namespace {

thread_local Contexts* g_pair = nullptr;

class OfItsThread : public Switching {
 public:
  [[nodiscard]] bool blocks() const override { return true; }
  void yield() override {
    sched_yield();
    g_pair->yield();
  }
  void sleep_for(std::chrono::nanoseconds duration) override { g_pair->sleep_for(duration); }
  void wait_fd(int fd, short events) override { g_pair->wait_fd(fd, events); }
};

class TwoUnitsAThread : public MutantRuntime {
 public:
  TwoUnitsAThread() : MutantRuntime(std_thread(), "two_units_a_thread") {}

 private:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    OfItsThread switching;
    run.switching = &switching;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < units.size(); i += 2) {
      threads.emplace_back(&be_thread,
                           units.subspan(i, std::min<std::size_t>(2, units.size() - i)));
    }
    for (std::thread& thread : threads) thread.join();
  }

  static void be_thread(std::span<Unit> units) {
    Contexts pair(units);
    g_pair = &pair;
    for (std::size_t i = 0; i < units.size(); ++i) pair.add();
    pair.run();
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
