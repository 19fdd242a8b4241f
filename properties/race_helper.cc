// Units of a runtime share a variable on the heap, with a lock or without. Built with
// ThreadSanitizer and run by the probe `unsynchronized_race`, which reads what is reported.
//
// The units take turns by a relaxed atomic: it orders their accesses in time, so that the race is
// there in every run, and makes no happens-before edge that ThreadSanitizer knows of. They all live
// until the last turn, because a report about a unit that ended long ago may be dropped. After its
// turn a unit looks seldom: every access takes room in its history, and a report of one that has
// fallen out of it is dropped too (on a busy machine 2 of 60 runs, by units that yielded).
//
// Prints the place of the access, as reports name it, and the last value of the variable.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/mutants/mutant.h"

namespace assay {
namespace {

constexpr int kUsage = 2;
constexpr std::chrono::milliseconds kPause{1};

enum class Lock : std::uint8_t { kNone, kMutex, kSemaphore };

/// On the heap of the program that starts the units.
struct Heap {
  int counter = 0;
  std::mutex mutex;
  std::counting_semaphore<1> semaphore{1};
};

constexpr int kIncrementLine = __LINE__ + 1;
__attribute__((noinline)) void increment(int& counter) { counter = counter + 1; }

void increment_with(Heap& heap, Lock lock) {
  switch (lock) {
    case Lock::kNone:
      return increment(heap.counter);
    case Lock::kMutex: {
      const std::lock_guard hold(heap.mutex);
      return increment(heap.counter);
    }
    case Lock::kSemaphore:
      heap.semaphore.acquire();
      increment(heap.counter);
      heap.semaphore.release();
  }
}

Task take_turn(Unit& unit, Heap& heap, Lock lock) {
  auto& turn = unit.shared<std::atomic<std::size_t>>();
  while (turn.load(std::memory_order_relaxed) != unit.index()) co_await unit.yield();
  increment_with(heap, lock);
  turn.store(unit.index() + 1, std::memory_order_relaxed);
  while (turn.load(std::memory_order_relaxed) != unit.count()) co_await unit.sleep_for(kPause);
}

int run(BodyRuntime& runtime, Lock lock, std::size_t units) {
  const auto heap = std::make_unique<Heap>();
  Bodies bodies;
  bodies.count = units;
  bodies.shared_bytes = sizeof(std::atomic<std::size_t>);
  bodies.task = [&](Unit& unit) { return take_turn(unit, *heap, lock); };
  std::printf("increment at race_helper.cc:%d\n", kIncrementLine);
  std::fflush(stdout);
  const BodyResult result = runtime.run_here(bodies);
  std::printf("the starter reads %d\n", heap->counter);
  if (result.completed()) return 0;
  std::printf("%s\n", result.failure().c_str());
  return 1;
}

/// The text after "--name=", or an empty one.
std::string flag(int argc, char** argv, const std::string& name) {
  const std::string prefix = "--" + name + "=";
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], prefix.c_str(), prefix.size()) == 0) return argv[i] + prefix.size();
  }
  return "";
}

/// A reference runtime or a mutant; null for a name that is neither.
BodyRuntime* runtime_named(const std::string& name) {
  for (BodyRuntime* reference : {&fork_runtime(), &std_thread(), &coroutine()}) {
    if (reference->info().name == name) return reference;
  }
  const Mutant* mutant = find_mutant(name);
  return mutant != nullptr ? mutant->runtime : nullptr;
}

int main_with(int argc, char** argv) {
  BodyRuntime* const runtime = runtime_named(flag(argc, argv, "runtime"));
  const std::map<std::string, Lock> locks{
      {"none", Lock::kNone}, {"mutex", Lock::kMutex}, {"semaphore", Lock::kSemaphore}};
  const auto lock = locks.find(flag(argc, argv, "lock"));
  const long units = std::strtol(flag(argc, argv, "units").c_str(), nullptr, 10);
  if (runtime == nullptr || lock == locks.end() || units < 1) {
    std::fprintf(stderr,
                 "usage: race_helper --runtime=fork|std_thread|coroutine|MUTANT "
                 "--lock=none|mutex|semaphore --units=N (1 or more)\n");
    return kUsage;
  }
  return run(*runtime, lock->second, static_cast<std::size_t>(units));
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::main_with(argc, argv); }
