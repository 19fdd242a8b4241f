#include "models/drivers/posix_spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "models/drivers/spawn_board.h"
#include "models/drivers/spawn_costs.h"
#include "models/host.h"
#include "models/interpreter.h"
#include "models/pinning.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

/// The life of a fresh image. noexcept: what leaves the body ends the process.
[[noreturn]] void be_unit(int fd, std::size_t index) noexcept {
  const SpawnBoard board(fd);
  const Program program = program_of_one(board.steps(index));
  const TraceLayout layout(program);
  // A local variable: one of the regions is the stack of the function that starts the unit.
  Regions regions(board.shared_cells(), board.trace(index));
  KernelSwitching switching;
  const TaskBody body = [&](Unit& unit) { return interpret(unit, program, regions, layout); };
  Run run;
  run.task = &body;
  run.switching = &switching;
  run.kernel_units = true;
  run.hosted = true;
  run.finished = &board.header().finished;
  run.ends = board.ends().of(index);
  run.ends_elsewhere = board.ends();
  run.locks = board.locks();
  board.open_channels(run.channels);
  Unit unit(run);
  run.units = &unit;
  unit.run_to_end();
  std::fflush(nullptr);
  _exit(0);
}

/// Runs before `main`, and before what other files initialize, in every program that contains this
/// runtime: a fresh image that was started as a unit never comes to `main`.
[[gnu::constructor(101)]] void become_unit_if_asked(int argc, char** argv, char** /*environment*/) {
  if (argc < 3 || std::strcmp(argv[0], kSpawnedName) != 0) return;
  if (std::strcmp(argv[1], kSpawnedUnit) != 0 || argc != 4) be_spawned_for_costs(argc, argv);
  be_unit(std::atoi(argv[2]), std::strtoull(argv[3], nullptr, 10));
}

std::int64_t cpu_ns_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto ns = [](const timeval& t) { return (t.tv_sec * 1'000'000LL + t.tv_usec) * 1'000; };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

End end_of(int status) {
  if (WIFSIGNALED(status)) return {EndKind::kSignalled, WTERMSIG(status), ""};
  const int code = WEXITSTATUS(status);
  return {code == 0 ? EndKind::kCompleted : EndKind::kExited, code, ""};
}

/// The processes of one run, in a host that has no other children.
class Spawned {
 public:
  explicit Spawned(const SpawnBoard& board) : board_(&board) {
    sigemptyset(&child_signal_);
    sigaddset(&child_signal_, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal_, nullptr);
  }

  /// 0, or why the unit could not be started.
  int start(std::size_t unit) {
    const int error =
        spawn_self(pid_, {kSpawnedUnit, std::to_string(board_->fd()), std::to_string(unit)});
    if (error == 0) unit_of_[pid_] = unit;
    return error;
  }

  /// Those that run at the bound are removed.
  void wait_for_all(std::chrono::nanoseconds bound, const std::string& why) {
    const auto deadline = Clock::now() + bound;
    for (;;) {
      reap();
      if (unit_of_.empty()) return;
      const auto left = deadline - Clock::now();
      if (left <= std::chrono::nanoseconds(0)) return give_up(bound, why);
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
      const timespec timeout{seconds.count(), (left - seconds).count()};
      sigtimedwait(&child_signal_, nullptr, &timeout);
    }
  }

 private:
  void reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto found = unit_of_.find(pid);
      if (found == unit_of_.end()) continue;
      End end = end_of(status);
      // A body that did not come to its end called exit.
      if (end.ok() && board_->ends().kind(found->second) != EndKind::kCompleted) {
        end = {EndKind::kExited, 0, ""};
      }
      board_->ends().tell(found->second, end);
      unit_of_.erase(found);
    }
  }

  void give_up(std::chrono::nanoseconds bound, const std::string& why) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(bound).count();
    for (const auto& [pid, unit] : unit_of_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      board_->ends().tell(unit, {EndKind::kGaveUp, 0,
                                 "after " + std::to_string(ms) + " ms" + why + "; it was removed"});
    }
    unit_of_.clear();
  }

  const SpawnBoard* board_;
  sigset_t child_signal_{};
  pid_t pid_ = 0;
  std::unordered_map<pid_t, std::size_t> unit_of_;
};

/// Runs in the host.
void run_units(const SpawnBoard& board, const Program& program) {
  if (program.one_core) pin_to(allowed_cores().at(0));
  fcntl(board.fd(), F_SETFD, 0);
  std::vector<std::unique_ptr<Channel>> channels;
  board.make_channels(channels);
  const std::chrono::nanoseconds bound(program.bound_ns);
  const auto start = Clock::now();
  Spawned units(board);
  const auto start_all = [&] {
    for (std::size_t unit = 0; unit < program.units.size(); ++unit) {
      const int error = units.start(unit);
      if (error == 0) continue;
      board.ends().tell(
          unit, {EndKind::kNotStarted, 0, std::string("posix_spawn: ") + std::strerror(error)});
      return false;
    }
    return true;
  };
  if (start_all()) {
    units.wait_for_all(bound, "");
  } else {
    units.wait_for_all(std::min(bound, Run::kGraceAfterRefusal),
                       ", while others could not be started");
  }
  board.header().wall_ns = (Clock::now() - start) / std::chrono::nanoseconds(1);
  board.header().cpu_ns = cpu_ns_of_children();
}

bool needs_bodies(TraitId trait) {
  return trait == TraitId::kScalability || trait == TraitId::kUseCase ||
         trait == TraitId::kUnjoinedWork || trait == TraitId::kUnsynchronizedRace;
}

RuntimeInfo make_info() {
  constexpr Model kModel = Model::kProcess;
  const std::string fresh = "posix_spawn(3), execve(2): a newly initialized stack, heap and data";
  std::vector<Claim> claims{
      claim(kModel, TraitId::kMemorySpace, MemorySpace::kSeparate, "separate", fresh),
      claim(kModel, TraitId::kIsolation, Rank::kHigh, "high", "wait(2): a child ends alone"),
      claim(kModel, TraitId::kScheduling, Scheduling::kOsKernel, "OS kernel", "sched(7)"),
      claim(kModel, TraitId::kSwitchCost, Rank::kHigh, "high",
            "sched(7): a switch in the kernel that changes the address space"),
      claim(kModel, TraitId::kCreationCost, Rank::kHigh, "high",
            "posix_spawn(3): fork and exec; an image is loaded and linked"),
      claim(kModel, TraitId::kScalability, Rank::kLow, "low (limited)",
            "fork(2), ERRORS: EAGAIN at RLIMIT_NPROC, threads-max, pid_max, pids.max"),
      claim(kModel, TraitId::kCommunication, Communication::kIpc, "IPC (complex)",
            "pipe(7): inherited descriptors"),
      claim(kModel, TraitId::kPreemption, Preemption::kYes, "yes", "sched(7): SCHED_OTHER"),
      claim(kModel, TraitId::kOwnStack, Ownership::kOwn, "own", fresh),
      claim(kModel, TraitId::kRegisters, Ownership::kOwn, "own", "sched(7)"),
      claim(kModel, TraitId::kThreadLocalStorage, Ownership::kOwn, "own", fresh),
      claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kPrivate, "private copies", fresh),
      claim(kModel, TraitId::kParallelism, Parallelism::kParallel, "parallel", "sched(7)"),
      claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap",
            "nanosleep(2): suspends the calling thread"),
      claim(kModel, TraitId::kUseCase, UseCase::kIsolation, "isolation, security",
            "seccomp(2), setrlimit(2): confinement is a property of a process"),
      claim(kModel, TraitId::kUnjoinedWork, UnjoinedWork::kContinues, "continues",
            "_exit(2): children are inherited by init or a subreaper"),
      claim(kModel, TraitId::kUnsynchronizedRace, UnsynchronizedRace::kSilent, "silent",
            "execve(2): no memory is shared; ThreadSanitizer sees one process"),
  };
  for (Claim& each : claims) {
    if (!needs_bodies(each.trait)) continue;
    each.modality = Modality::kUntested;
    each.reason = "a fresh image cannot be given a C++ body, which the probe needs";
  }
  return {"posix_spawn", kModel, "C++", "a fresh image of this program a unit, by posix_spawn(3)",
          std::move(claims)};
}

class SpawnRuntime : public Runtime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  NativeCosts* native_costs() override { return &spawn_costs(); }

  Trace run(const Program& program) override {
    validate(program);
    const SpawnBoard board(program);
    const std::chrono::nanoseconds bound(program.bound_ns);
    // Units are given up one by one at the bound; their host lives a little longer.
    const HostOptions options{
        .bound = bound + bound / 4 + std::chrono::seconds(5), .linger = {}, .linger_bound = {}};
    const HostResult host = run_in_host(options, [&] { run_units(board, program); });
    Trace trace;
    trace.units = board.traces(program, host.end);
    trace.host = host.end;
    trace.output = host.output;
    trace.wall_ns = board.header().wall_ns;
    trace.cpu_ns = board.header().cpu_ns;
    return trace;
  }

 private:
  RuntimeInfo info_ = make_info();
};

}  // namespace

Runtime& spawn_runtime() {
  static SpawnRuntime runtime;
  return runtime;
}

}  // namespace assay
