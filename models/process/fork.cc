#include "models/process/fork.h"

#include <signal.h>
#include <stdio_ext.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "models/frame_pool.h"
#include "models/process/pipe_channel.h"
#include "models/process/process_costs.h"
#include "models/shared_mapping.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

End end_of(int status) {
  if (WIFSIGNALED(status)) return {EndKind::kSignalled, WTERMSIG(status), ""};
  const int code = WEXITSTATUS(status);
  return {code == 0 ? EndKind::kCompleted : EndKind::kExited, code, ""};
}

/// Holds SIGCHLD back, so that it can be waited for.
class ChildSignals {
 public:
  ChildSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  ChildSignals(const ChildSignals&) = delete;
  ChildSignals& operator=(const ChildSignals&) = delete;
  ~ChildSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  void wait(std::chrono::nanoseconds bound) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(bound);
    const timespec timeout{seconds.count(), (bound - seconds).count()};
    sigtimedwait(&set_, nullptr, &timeout);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

/// The address is taken here so that it is known before the first fork: found at its first call, by
/// the dynamic linker, it cost every child some twelve page faults.
void (*const volatile kEndProcess)(int) = &_exit;

/// Looks first: a flush that has nothing to do writes to pages, which a child then copies.
void flush_output() {
  if (__fpending(stdout) != 0) std::fflush(stdout);
}

/// The children of one run: a process group of their own, so that nobody else's are waited for.
class Children {
 public:
  explicit Children(Run& run) : run_(&run), pids_(run.ends.size() * sizeof(pid_t)) {}

  /// False when fork was refused.
  bool start(Unit& unit) {
    const pid_t pid = fork();
    if (pid == 0) be_child(unit);
    if (pid < 0) return false;
    if (group_ == 0) group_ = pid;
    setpgid(pid, group_);
    *pids_.at<pid_t>(started_++ * sizeof(pid_t)) = pid;
    return true;
  }

  /// Those that run at the bound are removed. `why` says what else there is to say of them.
  void wait_for_all(std::chrono::nanoseconds bound, const std::string& why) {
    const auto deadline = Clock::now() + bound;
    // Only now, so that no child has to undo it; who ended before is found without a signal.
    const ChildSignals signals;
    // Units are started in the order of their indices.
    unit_of_.reserve(started_);
    for (std::size_t i = 0; i < started_; ++i) unit_of_[*pids_.at<pid_t>(i * sizeof(pid_t))] = i;
    while (!unit_of_.empty()) {
      reap();
      if (unit_of_.empty()) return;
      const auto left = deadline - Clock::now();
      if (left <= std::chrono::nanoseconds(0)) give_up(bound, why);
      signals.wait(std::max<std::chrono::nanoseconds>(left, std::chrono::milliseconds(1)));
    }
  }

 private:
  /// noexcept: an exception of the body ends this process and goes no further up the stack that it
  /// has in common with its parent.
  [[noreturn]] void be_child(Unit& unit) noexcept {
    unit.run_to_end();
    flush_output();
    kEndProcess(0);
    std::abort();  // Not reached: tells the compiler what it cannot know of a pointer.
  }

  void reap() {
    // In a host all children are units, also those that left the group.
    const pid_t whom = run_->hosted ? -1 : -group_;
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(whom, &status, WNOHANG)) > 0;) {
      const auto found = unit_of_.find(pid);
      if (found == unit_of_.end()) continue;
      End end = end_of(status);
      // A body that did not come to its end called exit.
      if (end.ok() && !run_->completed(found->second)) end = {EndKind::kExited, 0, ""};
      run_->set_end(found->second, end);
      unit_of_.erase(found);
    }
  }

  void give_up(std::chrono::nanoseconds bound, const std::string& why) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(bound).count();
    for (const auto& [pid, unit] : unit_of_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      run_->set_end(unit, {EndKind::kGaveUp, 0,
                           "after " + std::to_string(ms) + " ms" + why + "; it was removed"});
    }
    unit_of_.clear();
  }

  Run* run_;
  pid_t group_ = 0;
  /// Shared, so that no page of it is copied when the parent writes to it after a fork.
  SharedMapping pids_;
  std::size_t started_ = 0;
  std::unordered_map<pid_t, std::size_t> unit_of_;
};

RuntimeInfo make_info() {
  constexpr Model kModel = Model::kProcess;
  return {"fork",
          kModel,
          "C++",
          "one child process a unit, by fork(2)",
          {
              claim(kModel, TraitId::kMemorySpace, MemorySpace::kSeparate, "separate",
                    "fork(2): the child and the parent run in separate memory spaces"),
              claim(kModel, TraitId::kIsolation, Rank::kHigh, "high",
                    "fork(2), wait(2): a child ends alone, its status is collected"),
              claim(kModel, TraitId::kScheduling, Scheduling::kOsKernel, "OS kernel", "sched(7)"),
              claim(kModel, TraitId::kSwitchCost, Rank::kHigh, "high",
                    "sched(7): a switch in the kernel that changes the address space"),
              claim(kModel, TraitId::kCreationCost, Rank::kHigh, "high",
                    "fork(2), NOTES: the time and memory required to duplicate the page tables"),
              claim(kModel, TraitId::kScalability, Rank::kLow, "low (limited)",
                    "fork(2), ERRORS: EAGAIN at RLIMIT_NPROC, threads-max, pid_max, pids.max"),
              claim(kModel, TraitId::kCommunication, Communication::kIpc, "IPC (complex)",
                    "pipe(7), unix(7), shm_overview(7)"),
              claim(kModel, TraitId::kPreemption, Preemption::kYes, "yes", "sched(7): SCHED_OTHER"),
              claim(kModel, TraitId::kUseCase, UseCase::kIsolation, "isolation, security",
                    "seccomp(2), setrlimit(2): confinement is a property of a process"),
              claim(kModel, TraitId::kOwnStack, Ownership::kOwn, "own",
                    "fork(2): the memory of the child is a copy"),
              claim(kModel, TraitId::kRegisters, Ownership::kOwn, "own",
                    "sched(7); fork(2): the child is a task of its own"),
              claim(kModel, TraitId::kThreadLocalStorage, Ownership::kOwn, "own",
                    "fork(2): the memory of the child is a copy, thread-local storage included"),
              claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kPrivate, "private copies",
                    "fork(2): memory writes of one process do not affect the other"),
              claim(kModel, TraitId::kParallelism, Parallelism::kParallel, "parallel", "sched(7)"),
              claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap",
                    "nanosleep(2): suspends the calling thread"),
              claim(kModel, TraitId::kUnjoinedWork, UnjoinedWork::kContinues, "continues",
                    "_exit(2): children are inherited by init or a subreaper"),
              claim(kModel, TraitId::kUnsynchronizedRace, UnsynchronizedRace::kSilent, "silent",
                    "fork(2): nothing on the heap is shared; ThreadSanitizer sees one process"),
          }};
}

class ForkRuntime : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  NativeCosts* native_costs() override { return &process_costs(); }

 protected:
  [[nodiscard]] bool leaves_host_fresh() const override { return true; }
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<PipeChannel>(); }

  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override {
    run.switching = &switching_;
    run.kernel_units = true;
    flush_output();  // Otherwise every child would print it again.
    // Every child finds a chunk of frames, instead of mapping one of its own.
    release_frame(allocate_frame(FramePool::kStep), FramePool::kStep);
    Children children(run);
    for (Unit& unit : units) {
      if (children.start(unit)) continue;
      run.refuse(unit.index(), std::string("fork: ") + std::strerror(errno));
      return children.wait_for_all(std::min(bound, Run::kGraceAfterRefusal),
                                   ", while others could not be started");
    }
    children.wait_for_all(bound, "");
  }

 private:
  RuntimeInfo info_ = make_info();
  KernelSwitching switching_;
};

}  // namespace

BodyRuntime& fork_runtime() {
  static ForkRuntime runtime;
  return runtime;
}

}  // namespace assay
