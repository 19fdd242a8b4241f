#include "properties/mutants/processes.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace assay {

void ProcessTable::ended(std::size_t unit, int status) {
  if (WIFSIGNALED(status)) return run_->set_end(unit, {EndKind::kSignalled, WTERMSIG(status), ""});
  const int code = WEXITSTATUS(status);
  const bool completed = code == 0 && run_->completed(unit);
  run_->set_end(unit, {completed ? EndKind::kCompleted : EndKind::kExited, code, ""});
}

void ProcessTable::wait_for_all(std::chrono::nanoseconds bound,
                                const std::function<void(std::size_t)>& reaped) {
  const auto deadline = std::chrono::steady_clock::now() + bound;
  std::vector<bool> done(run_->ends.size());
  for (std::size_t left = done.size(); left > 0;) {
    const bool late = std::chrono::steady_clock::now() >= deadline;
    const std::size_t before = left;
    for (std::size_t unit = 0; unit < done.size(); ++unit) {
      const pid_t pid = of(unit);
      if (done[unit] || (pid == 0 && !late)) continue;
      if (late && pid > 0) kill(pid, SIGKILL);
      int status = 0;
      // An orphan is not ours before its parent is gone.
      if (pid > 0 && waitpid(pid, &status, late ? 0 : WNOHANG) != pid && !late) continue;
      done[unit] = true;
      --left;
      if (late) {
        run_->set_end(unit, {EndKind::kGaveUp, 0, "at the bound; it was removed"});
      } else {
        ended(unit, status);
        reaped(unit);
      }
    }
    if (left == before) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

pid_t MutantProcesses::make_process() { return fork(); }

void MutantProcesses::be(Unit& unit) noexcept {
  live(unit);
  std::fflush(nullptr);
  _exit(0);
}

void MutantProcesses::run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) {
  const std::unique_ptr<Switching> switching = make_switching(run);
  run.switching = switching.get();
  std::fflush(nullptr);
  ProcessTable processes(run);
  for (Unit& unit : units) {
    const pid_t pid = make_process();
    if (pid == 0) be(unit);
    if (pid < 0) {
      run.refuse(unit.index(), std::string("fork: ") + std::strerror(errno));
      bound = std::min(bound, Run::kGraceAfterRefusal);
      break;
    }
    processes.of(unit.index()) = pid;
  }
  processes.wait_for_all(bound, [](std::size_t) {});
}

}  // namespace assay
