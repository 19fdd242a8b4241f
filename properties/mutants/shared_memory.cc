#include "properties/mutants/shared_memory.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <vector>

namespace assay {
namespace {

/// In the child; an exception that leaves the body ends it.
[[noreturn]] void be(Unit& unit, std::atomic<pid_t>& pid) noexcept {
  pid = getpid();
  unit.run_to_end();
  _exit(0);
}

/// In the helper thread.
void host(Unit& unit, ProcessTable& processes, std::atomic<std::size_t>& ended) {
  // NOLINTNEXTLINE(bugprone-unsafe-functions): the child shares the memory, which is the point.
  const pid_t child = vfork();
  if (child == 0) be(unit, processes.of(unit.index()));
  int status = 0;
  if (child > 0 && waitpid(child, &status, 0) == child) processes.ended(unit.index(), status);
  ++ended;
}

}  // namespace

void ProcessesInSharedMemory::run_units(Run& run, std::span<Unit> units,
                                        std::chrono::nanoseconds bound) {
  KernelSwitching switching;
  run.switching = &switching;
  const auto deadline = std::chrono::steady_clock::now() + bound;
  ProcessTable processes(run);
  std::atomic<std::size_t> ended{0};
  std::vector<std::thread> helpers;
  for (Unit& unit : units) {
    try {
      helpers.emplace_back([&] { host(unit, processes, ended); });
    } catch (const std::system_error& error) {
      run.refuse(unit.index(), std::string("pthread_create: ") + error.what());
      break;
    }
  }
  while (ended < helpers.size() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  if (ended < helpers.size()) run.give_up_running("at the bound; it was removed");
  // Those that have ended are zombies at most until their helper is through.
  for (Unit& unit : units) {
    const pid_t pid = processes.of(unit.index());
    if (ended < helpers.size() && pid > 0 && !unit.ended()) kill(pid, SIGKILL);
  }
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace assay
