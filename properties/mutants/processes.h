/// Mutants with a process a unit: a mutant overrides how one is started, or what it does first.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>

#include "models/process/fork.h"
#include "models/process/pipe_channel.h"
#include "models/shared_mapping.h"
#include "properties/mutants/threads.h"

namespace assay {

/// The processes of a run by unit; the table is in shared memory, so that units can write to it.
class ProcessTable {
 public:
  explicit ProcessTable(Run& run)
      : run_(&run), pids_(run.ends.size() * sizeof(std::atomic<pid_t>)) {}

  /// The process of a unit: 0 before it has one.
  std::atomic<pid_t>& of(std::size_t unit) {
    return *pids_.at<std::atomic<pid_t>>(unit * sizeof(std::atomic<pid_t>));
  }
  /// Says how a unit ended by the status of its process, see wait(2).
  void ended(std::size_t unit, int status);
  /// Waits until every unit that has a process has ended; those that run at the bound are removed.
  /// `reaped` is called after each end.
  void wait_for_all(std::chrono::nanoseconds bound, const std::function<void(std::size_t)>& reaped);

 private:
  Run* run_;
  SharedMapping pids_;
};

class MutantProcesses : public MutantRuntime {
 protected:
  explicit MutantProcesses(std::string name) : MutantRuntime(fork_runtime(), std::move(name)) {}

  virtual std::unique_ptr<Switching> make_switching(Run& run) {
    (void)run;
    return std::make_unique<KernelSwitching>();
  }
  /// Makes a process; returns as fork(2) does.
  virtual pid_t make_process();
  /// What the process of a unit does, to its end.
  virtual void live(Unit& unit) { unit.run_to_end(); }

  std::unique_ptr<Channel> make_channel() override { return std::make_unique<PipeChannel>(); }
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override;

  /// For a child: lives and exits. An exception that leaves a body ends this process.
  [[noreturn]] void be(Unit& unit) noexcept;
};

}  // namespace assay
