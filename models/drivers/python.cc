#include "models/drivers/python.h"

#include "models/drivers/driver.h"
#include "models/drivers/python_text.h"

namespace assay {
namespace {

constexpr const char* kLibrary = "docs.python.org/3.11/library/";

std::string library(const char* page) { return std::string(kLibrary) + page; }

Claim not_tested(Model model, TraitId trait, auto value, std::string word, std::string source,
                 std::string reason, Modality modality = Modality::kUntested) {
  Claim made = claim(model, trait, value, std::move(word), std::move(source));
  made.modality = modality;
  made.reason = std::move(reason);
  return made;
}

/// What no driver in Python can be asked.
void add_untested(std::vector<Claim>& claims, Model model, UseCase use, std::string use_word,
                  UnjoinedWork unjoined, const std::string& source) {
  const std::string frames = library("inspect.html") + ": frames are objects, not stack memory";
  claims.push_back(not_tested(model, TraitId::kUseCase, use, std::move(use_word), source,
                              "the three programs of the use cases are written in C++"));
  claims.push_back(not_tested(model, TraitId::kOwnStack, Ownership::kOwn, "own frames", frames,
                              "Python's frames have no address on a machine stack",
                              Modality::kUnsupported));
  claims.push_back(not_tested(model, TraitId::kRegisters, Ownership::kOwn, "own", frames,
                              "Python has no access to registers", Modality::kUnsupported));
  const Rank many = model == Model::kProcess  ? Rank::kLow
                    : model == Model::kThread ? Rank::kMedium
                                              : Rank::kHigh;
  const char* many_word = model == Model::kProcess  ? "low (limited)"
                          : model == Model::kThread ? "medium"
                                                    : "high";
  claims.push_back(not_tested(model, TraitId::kScalability, many, many_word, source,
                              "a driver runs programs, and tells nothing of its units' memory"));
  const bool continues = unjoined == UnjoinedWork::kContinues;
  claims.push_back(not_tested(model, TraitId::kUnjoinedWork, unjoined,
                              continues ? "continues" : "ends", source,
                              "the program that exits without a join is written in C++"));
  claims.push_back(not_tested(model, TraitId::kUnsynchronizedRace, UnsynchronizedRace::kSilent,
                              "silent", "docs.python.org/3.11/glossary.html: GIL",
                              "ThreadSanitizer does not see the accesses of Python code"));
}

std::vector<Claim> claims_of_threads() {
  constexpr Model kModel = Model::kThread;
  const std::string page = library("threading.html");
  const std::string gil = "docs.python.org/3.11/glossary.html: global interpreter lock";
  std::vector<Claim> claims{
      claim(kModel, TraitId::kMemorySpace, MemorySpace::kShared, "shared", page),
      claim(kModel, TraitId::kIsolation, Rank::kMedium, "medium",
            page + ": threading.excepthook handles what a thread raised; it ends alone"),
      claim(kModel, TraitId::kScheduling, Scheduling::kOsKernel, "OS kernel",
            library("_thread.html") + ": get_native_id, the id assigned by the kernel"),
      claim(kModel, TraitId::kSwitchCost, Rank::kMedium, "medium", gil),
      claim(kModel, TraitId::kCreationCost, Rank::kMedium, "medium", page),
      claim(kModel, TraitId::kCommunication, Communication::kSharedMemory, "shared memory",
            library("queue.html") + ": SimpleQueue"),
      claim(kModel, TraitId::kPreemption, Preemption::kYes, "yes",
            library("sys.html") + ": setswitchinterval, 5 ms by default"),
      claim(kModel, TraitId::kThreadLocalStorage, Ownership::kOwn, "own",
            page + ": thread-local data"),
      // Torn only where the GIL changes hands between the load and the store.
      claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kLost, "lost, seldom",
            "docs.python.org/3.11/faq/library.html: what kinds of global value mutation are "
            "thread-safe; D[x] = D[x] + 1 is not"),
      claim(kModel, TraitId::kParallelism, Parallelism::kOneAtATime, "one at a time (GIL)", gil),
      claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap",
            library("time.html") + ": sleep suspends the calling thread"),
  };
  for (Claim& each : claims) {
    if (each.trait == TraitId::kUnlockedUpdates) each.modality = Modality::kStochastic;
  }
  add_untested(claims, kModel, UseCase::kHighConcurrency, "I/O-bound tasks",
               UnjoinedWork::kContinues, page + ": the program exits when no non-daemon thread is");
  return claims;
}

std::vector<Claim> claims_of_tasks() {
  constexpr Model kModel = Model::kCoroutine;
  const std::string page = library("asyncio-task.html");
  const std::string loop = library("asyncio-dev.html") +
                           ": an event loop runs in a thread and executes all tasks in its thread";
  std::vector<Claim> claims{
      claim(kModel, TraitId::kMemorySpace, MemorySpace::kSharedSameThread, "shared (same thread)",
            loop),
      claim(kModel, TraitId::kIsolation, Rank::kLow, "low", loop),
      claim(kModel, TraitId::kScheduling, Scheduling::kUserSpace, "user space (cooperative)", loop),
      claim(kModel, TraitId::kSwitchCost, Rank::kLow, "low", page),
      claim(kModel, TraitId::kCreationCost, Rank::kLow, "very low", page),
      claim(kModel, TraitId::kCommunication, Communication::kSharedState, "shared state",
            library("asyncio-queue.html")),
      claim(kModel, TraitId::kPreemption, Preemption::kNo, "no (manual await)", loop),
      claim(kModel, TraitId::kThreadLocalStorage, Ownership::kShared, "shared",
            "peps.python.org/pep-0567: thread-local storage is insufficient for asynchronous "
            "tasks, which run concurrently in the same thread"),
      claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kKept, "kept", loop),
      claim(kModel, TraitId::kParallelism, Parallelism::kOneAtATime, "one at a time", loop),
      claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap",
            page + ": sleep always suspends the current task"),
  };
  add_untested(claims, kModel, UseCase::kHighConcurrency, "async I/O", UnjoinedWork::kEnds,
               library("asyncio-runner.html") + ": run cancels the remaining tasks");
  return claims;
}

std::vector<Claim> claims_of_processes() {
  constexpr Model kModel = Model::kProcess;
  const std::string page = library("multiprocessing.html");
  const std::string fork = page + "#contexts-and-start-methods: fork";
  std::vector<Claim> claims{
      claim(kModel, TraitId::kMemorySpace, MemorySpace::kSeparate, "separate", fork),
      claim(kModel, TraitId::kIsolation, Rank::kHigh, "high", page + ": Process.exitcode"),
      claim(kModel, TraitId::kScheduling, Scheduling::kOsKernel, "OS kernel", fork),
      claim(kModel, TraitId::kSwitchCost, Rank::kHigh, "high", fork),
      claim(kModel, TraitId::kCreationCost, Rank::kHigh, "high", fork),
      claim(kModel, TraitId::kCommunication, Communication::kIpc, "IPC (complex)",
            page + "#exchanging-objects-between-processes: pipes"),
      claim(kModel, TraitId::kPreemption, Preemption::kYes, "yes", "sched(7): SCHED_OTHER"),
      claim(kModel, TraitId::kThreadLocalStorage, Ownership::kOwn, "own", fork),
      claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kPrivate, "private copies", fork),
      claim(kModel, TraitId::kParallelism, Parallelism::kParallel, "parallel",
            page + ": side-steps the global interpreter lock by using subprocesses"),
      claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap", fork),
  };
  add_untested(claims, kModel, UseCase::kParallelCompute, "parallel compute",
               UnjoinedWork::kContinues, page + ": a process joins its non-daemonic children");
  return claims;
}

DriverSpec spec_of(RuntimeInfo info, std::string_view text) {
  DriverSpec spec;
  spec.info = std::move(info);
  // Isolated from the user's modules and environment; no bytecode is written.
  spec.command = {"/usr/bin/python3", "-I", "-S", "-B", "-c", std::string(text)};
  spec.resident = true;  // A program runs in a fork of the interpreter.
  spec.has_costs = true;
  spec.runs_across_cores = spec.info.model != Model::kCoroutine;
  spec.remedy = "apt-get install python3";
  return spec;
}

}  // namespace

Runtime& python_threading() {
  static DriverRuntime runtime(
      spec_of({"python_threading", Model::kThread, "Python",
               "a thread a unit, by the module threading", claims_of_threads()},
              threading_driver()));
  return runtime;
}

Runtime& python_asyncio() {
  static DriverRuntime runtime(
      spec_of({"python_asyncio", Model::kCoroutine, "Python",
               "a task of one event loop a unit, by the module asyncio", claims_of_tasks()},
              asyncio_driver()));
  return runtime;
}

Runtime& python_multiprocessing() {
  static DriverRuntime runtime(
      spec_of({"python_multiprocessing", Model::kProcess, "Python",
               "a forked process a unit, by the module multiprocessing", claims_of_processes()},
              multiprocessing_driver()));
  return runtime;
}

}  // namespace assay
