#include "models/adapters/adapter.h"

#include <new>

namespace assay {
namespace {

/// No probe runs an adapter under ThreadSanitizer: its helper is built with the references alone.
Claim unsynchronized_race(Model model, UnsynchronizedRace value, std::string source) {
  const bool reported = value == UnsynchronizedRace::kReported;
  Claim it = claim(model, TraitId::kUnsynchronizedRace, value, reported ? "reported" : "silent",
                   std::move(source));
  it.modality = Modality::kUntested;
  it.reason = "the program that runs under ThreadSanitizer knows the reference runtimes alone";
  return it;
}

/// Units that take turns on one thread, with or without a stack.
std::vector<Claim> claims_on_one_thread(const Sources& sources, Ownership stack_and_registers) {
  constexpr Model kModel = Model::kCoroutine;
  const char* word = stack_and_registers == Ownership::kOwn ? "own" : "shared";
  return {
      claim(kModel, TraitId::kMemorySpace, MemorySpace::kSharedSameThread, "shared (same thread)",
            sources.unit),
      claim(kModel, TraitId::kIsolation, Rank::kLow, "low", sources.unit),
      claim(kModel, TraitId::kScheduling, Scheduling::kUserSpace, "user space (cooperative)",
            sources.turns),
      claim(kModel, TraitId::kSwitchCost, Rank::kLow, "low", sources.turns),
      claim(kModel, TraitId::kCreationCost, Rank::kLow, "low", sources.stack),
      claim(kModel, TraitId::kScalability, Rank::kHigh, "high", sources.limit),
      claim(kModel, TraitId::kCommunication, Communication::kSharedState, "shared state",
            sources.unit),
      claim(kModel, TraitId::kPreemption, Preemption::kNo, "no (manual yield/await)",
            sources.turns),
      claim(kModel, TraitId::kUseCase, UseCase::kHighConcurrency, "async I/O, high concurrency",
            sources.waiting),
      claim(kModel, TraitId::kOwnStack, stack_and_registers, word, sources.stack),
      claim(kModel, TraitId::kRegisters, stack_and_registers, word, sources.stack),
      claim(kModel, TraitId::kThreadLocalStorage, Ownership::kShared, "shared",
            "C++20 [basic.stc.thread]: storage lasts for the thread; " + sources.unit),
      claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kKept, "kept between suspensions",
            sources.turns),
      claim(kModel, TraitId::kParallelism, Parallelism::kOneAtATime, "one at a time", sources.unit),
      claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap", sources.waiting),
      claim(kModel, TraitId::kUnjoinedWork, UnjoinedWork::kEnds, "ends",
            "exit_group(2): it ends the thread that all units run on"),
      unsynchronized_race(kModel, UnsynchronizedRace::kSilent,
                          "C++20 [intro.races]/21: a data race needs two threads"),
  };
}

/// What a task costs is little, what its thread costs is much; through programs both are measured,
/// with the start of the pool. So the place is shown, and binds nobody.
Claim cost_of_pool(TraitId trait, std::string source) {
  Claim cost = claim(Model::kThread, trait, Rank::kMedium, "medium", std::move(source));
  cost.modality = Modality::kOptional;
  return cost;
}

/// Units that hold a thread each.
std::vector<Claim> claims_of_pool(const Sources& sources) {
  constexpr Model kModel = Model::kThread;
  const std::string thread_each = "; with a thread for every unit";
  return {
      claim(kModel, TraitId::kMemorySpace, MemorySpace::kShared, "shared", sources.unit),
      claim(kModel, TraitId::kIsolation, Rank::kMedium, "medium", sources.unit),
      claim(kModel, TraitId::kScheduling, Scheduling::kOsKernel, "OS kernel", sources.turns),
      cost_of_pool(TraitId::kSwitchCost, sources.turns),
      cost_of_pool(TraitId::kCreationCost, sources.limit + thread_each),
      claim(kModel, TraitId::kScalability, Rank::kMedium, "medium", sources.limit + thread_each),
      claim(kModel, TraitId::kCommunication, Communication::kSharedMemory, "shared memory",
            sources.unit),
      claim(kModel, TraitId::kPreemption, Preemption::kYes, "yes", "sched(7); " + sources.turns),
      claim(kModel, TraitId::kUseCase, UseCase::kParallelCompute, "parallel compute", sources.unit),
      claim(kModel, TraitId::kOwnStack, Ownership::kOwn, "own", sources.stack),
      claim(kModel, TraitId::kRegisters, Ownership::kOwn, "own", sources.stack),
      claim(kModel, TraitId::kThreadLocalStorage, Ownership::kOwn, "own",
            "C++20 [basic.stc.thread]; " + sources.stack + thread_each),
      claim(kModel, TraitId::kUnlockedUpdates, UnlockedUpdates::kLost, "lost",
            "C++20 [intro.races]/21: conflicting actions need a happens-before order"),
      claim(kModel, TraitId::kParallelism, Parallelism::kParallel, "parallel", sources.unit),
      claim(kModel, TraitId::kSleep, Sleep::kOverlaps, "overlap", sources.waiting + thread_each),
      claim(kModel, TraitId::kUnjoinedWork, UnjoinedWork::kEnds, "ends",
            "exit_group(2): terminates all threads of the process"),
      unsynchronized_race(kModel, UnsynchronizedRace::kReported,
                          "C++20 [intro.races]/21; ThreadSanitizer's manual"),
  };
}

}  // namespace

FiberRuntime::FiberRuntime(std::string name, std::string summary, const Sources& sources)
    : Adapter({std::move(name), Model::kCoroutine, "C++", std::move(summary),
               claims_on_one_thread(sources, Ownership::kOwn)}) {}

bool FiberRuntime::make_each(Run& run, std::span<Unit> units,
                             const std::function<void(Unit&)>& make) {
  for (Unit& unit : units) {
    try {
      make(unit);
    } catch (const std::bad_alloc&) {
      run.refuse(unit.index(), "no memory for its stack: see mmap(2), ENOMEM, vm.max_map_count");
      return false;
    }
  }
  return true;
}

StacklessRuntime::StacklessRuntime(std::string name, std::string summary, const Sources& sources)
    : Adapter({std::move(name), Model::kCoroutine, "C++", std::move(summary),
               claims_on_one_thread(sources, Ownership::kShared)}) {}

std::optional<std::string> StacklessRuntime::refuses(const Bodies& bodies) const {
  if (bodies.blocking) return "a plain function cannot be suspended without a stack of its own";
  return BodyRuntime::refuses(bodies);
}

PoolRuntime::PoolRuntime(std::string name, std::string summary, const Sources& sources)
    : Adapter(
          {std::move(name), Model::kThread, "C++", std::move(summary), claims_of_pool(sources)}) {}

}  // namespace assay
