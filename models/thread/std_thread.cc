#include "models/thread/std_thread.h"

#include <unistd.h>

#include <system_error>
#include <thread>

#include "models/thread/thread_costs.h"

namespace assay {
namespace {

RuntimeInfo make_info() {
  constexpr Model kModel = Model::kThread;
  return {
      "std_thread",
      kModel,
      "C++",
      "one std::thread a unit, in one process",
      {
          claim(kModel, TraitId::kMemorySpace, MemorySpace::kShared, "shared",
                "C++20 [intro.multithread.general]/1: every thread can access every object"),
          claim(kModel, TraitId::kIsolation, Rank::kMedium, "medium",
                "C++20 [except.terminate], [thread.thread.constr]: an exception ends the program"),
          claim(kModel, TraitId::kScheduling, Scheduling::kOsKernel, "OS kernel",
                "pthreads(7): NPTL, 1:1; sched(7)"),
          claim(kModel, TraitId::kSwitchCost, Rank::kMedium, "medium",
                "sched(7), futex(2): a switch in the kernel, in one address space"),
          claim(kModel, TraitId::kCreationCost, Rank::kMedium, "medium",
                "clone(2): a kernel task and a stack, the address space is kept"),
          claim(kModel, TraitId::kScalability, Rank::kMedium, "medium",
                "pthread_create(3), ERRORS: EAGAIN at threads-max, pid_max, RLIMIT_NPROC"),
          claim(kModel, TraitId::kCommunication, Communication::kSharedMemory, "shared memory",
                "pthreads(7): threads share data and heap segments"),
          claim(kModel, TraitId::kPreemption, Preemption::kYes, "yes", "sched(7): SCHED_OTHER"),
          claim(kModel, TraitId::kUseCase, UseCase::kParallelCompute, "parallel compute",
                "C++20 [thread.thread.class.general]: threads may execute concurrently"),
          claim(kModel, TraitId::kOwnStack, Ownership::kOwn, "own",
                "pthread_attr_setstack(3); pthreads(7): each thread has a stack"),
          claim(kModel, TraitId::kRegisters, Ownership::kOwn, "own",
                "C++20 [cfenv.syn]/2: the floating-point environment is of a thread"),
          claim(kModel, TraitId::kThreadLocalStorage, Ownership::kOwn, "own",
                "C++20 [basic.stc.thread]"),
          claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kLost, "lost",
                "C++20 [intro.races]/21: conflicting actions need a happens-before order"),
          claim(kModel, TraitId::kParallelism, Parallelism::kParallel, "parallel",
                "sched(7); C++20 [intro.progress]"),
          claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap",
                "C++20 [thread.thread.this]/6: sleep_for blocks the calling thread"),
          claim(kModel, TraitId::kUnjoinedWork, UnjoinedWork::kEnds, "ends",
                "exit_group(2): terminates all threads of the process"),
          claim(kModel, TraitId::kUnsynchronizedRace, UnsynchronizedRace::kReported, "reported",
                "C++20 [intro.races]/21; ThreadSanitizer's manual"),
      }};
}

class StdThread : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  NativeCosts* native_costs() override { return &thread_costs(); }

 protected:
  [[nodiscard]] bool leaves_host_fresh() const override { return true; }
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<WaitingChannel>(); }
  [[nodiscard]] bool stays_in_process() const override { return true; }

  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    run.switching = &switching_;
    run.kernel_units = true;
    std::vector<std::thread> threads;
    threads.reserve(units.size());
    for (Unit& unit : units) {
      try {
        threads.emplace_back([&unit] { unit.run_to_end(); });
      } catch (const std::system_error& error) {
        run.refuse(unit.index(), std::string("pthread_create: ") + error.what());
        if (run.hosted) wait_or_end_host(run, threads.size());
        break;
      }
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  /// Threads may wait for those that were refused, and cannot be removed alone.
  static void wait_or_end_host(Run& run, std::size_t started) {
    const auto deadline = std::chrono::steady_clock::now() + Run::kGraceAfterRefusal;
    while (*run.finished < started) {
      if (std::chrono::steady_clock::now() >= deadline) {
        run.give_up_running("others could not be started; its host was ended");
        _exit(0);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  RuntimeInfo info_ = make_info();
  KernelSwitching switching_;
};

}  // namespace

BodyRuntime& std_thread() {
  static StdThread runtime;
  return runtime;
}

}  // namespace assay
