/// Mutants with a thread a unit: a mutant overrides what it does wrong.
#pragma once

#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "models/thread/std_thread.h"
#include "properties/mutants/mutant.h"

namespace assay {

class MutantThreads : public MutantRuntime {
 protected:
  explicit MutantThreads(std::string name, UnderTsan under_tsan = UnderTsan::kUnknown)
      : MutantRuntime(std_thread(), std::move(name), under_tsan) {}

  /// Called once a run, before units start; lives until they have ended.
  virtual std::unique_ptr<Switching> make_switching(Run& run) {
    (void)run;
    return std::make_unique<KernelSwitching>();
  }
  /// What the thread of a unit does.
  virtual void live(Unit& unit) { unit.run_to_end(); }

  std::unique_ptr<Channel> make_channel() override { return std::make_unique<WaitingChannel>(); }

  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    const std::unique_ptr<Switching> switching = make_switching(run);
    run.switching = switching.get();
    std::vector<std::thread> threads;
    threads.reserve(units.size());
    for (Unit& unit : units) {
      try {
        threads.emplace_back([this, &unit] { live(unit); });
      } catch (const std::system_error& error) {
        run.refuse(unit.index(), std::string("pthread_create: ") + error.what());
        break;
      }
    }
    for (std::thread& thread : threads) thread.join();
  }
};

}  // namespace assay
