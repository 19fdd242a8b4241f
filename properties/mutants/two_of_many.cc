// Threads of which two, far behind the first, are one: they take turns on it.
#include <sched.h>

#include <thread>
#include <vector>

#include "models/thread/std_thread.h"
#include "properties/mutants/contexts.h"

namespace assay {
namespace {

constexpr std::size_t kFirst = 40;  ///< The unit that shares its thread with the next.

thread_local Contexts* g_pair = nullptr;

class OfItsThread : public Switching {
 public:
  [[nodiscard]] bool blocks() const override { return true; }
  void yield() override {
    sched_yield();
    if (g_pair != nullptr) g_pair->yield();
  }
  void sleep_for(std::chrono::nanoseconds duration) override {
    if (g_pair == nullptr) return std::this_thread::sleep_for(duration);
    g_pair->sleep_for(duration);
  }
  void wait_fd(int fd, short events) override {
    if (g_pair == nullptr) return Switching::wait_fd(fd, events);
    g_pair->wait_fd(fd, events);
  }
};

class TwoOfMany : public MutantRuntime {
 public:
  TwoOfMany() : MutantRuntime(std_thread(), "two_of_many") {}

 private:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    OfItsThread switching;
    run.switching = &switching;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (i == kFirst && i + 1 < units.size()) {
        threads.emplace_back(&be_both, units.subspan(i++, 2));
      } else {
        threads.emplace_back([&unit = units[i]] { unit.run_to_end(); });
      }
    }
    for (std::thread& thread : threads) thread.join();
  }

  static void be_both(std::span<Unit> units) {
    Contexts pair(units);
    g_pair = &pair;
    for (std::size_t i = 0; i < units.size(); ++i) pair.add();
    pair.run();
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
