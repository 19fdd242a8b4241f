// Coroutines that are threads: each has one of its own, and goes on when a scheduler hands it the
// turn, after it has answered that it is there. They offer the honest coroutine's costs as theirs.
#include <semaphore.h>

#include <deque>
#include <thread>

#include "models/adapters/round_robin.h"
#include "models/coroutine/coroutine.h"
#include "properties/mutants/mutant.h"

namespace assay {
namespace {

class Turn {
 public:
  Turn() { sem_init(&semaphore_, 0, 0); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { sem_destroy(&semaphore_); }
  void give() { sem_post(&semaphore_); }
  void take() {
    while (sem_wait(&semaphore_) != 0) {
    }
  }

 private:
  sem_t semaphore_{};
};

class ThreadEach : public RoundRobin {
 public:
  explicit ThreadEach(std::span<Unit> units) : RoundRobin(units) {}

  void run(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      add_stack({});
      Turn& mine = turns_.emplace_back();
      threads_.emplace_back([this, &mine] {
        answer_and_take(mine);
        run_current();
        of_scheduler_.give();
      });
    }
    take_turns();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void enter() override {
    for (int i = 0; i < 2; ++i) {  // The question and the turn.
      turns_[current()].give();
      of_scheduler_.take();
    }
  }
  void leave() override {
    Turn& mine = turns_[current()];
    of_scheduler_.give();
    answer_and_take(mine);
  }
  void answer_and_take(Turn& mine) {
    mine.take();
    of_scheduler_.give();
    mine.take();
  }

  Turn of_scheduler_;
  std::deque<Turn> turns_;
  std::deque<std::thread> threads_;
};

class ThreadBacked : public MutantRuntime {
 public:
  ThreadBacked() : MutantRuntime(coroutine(), "thread_backed") {}

 private:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    ThreadEach threads(units);
    run.switching = &threads;
    threads.run(units.size());
  }
};

ThreadBacked mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "every coroutine is a thread that waits for its turn",
     .dies = {{TraitId::kSwitchCost, "a switch is four switches of threads"},
              {TraitId::kMemorySpace, "thread-local storage is of a thread"},
              {TraitId::kThreadLocalStorage, "each unit has its own thread"},
              {TraitId::kScheduling, "each unit is a kernel task, switched by the kernel"},
              {TraitId::kCommunication, "a receiver runs in another kernel task"},
              {TraitId::kOwnStack, "a thread has a stack of its own"},
              {TraitId::kRegisters, "a thread has floating-point modes of its own"}},
     .may = {{TraitId::kCreationCost,
              "a unit is a thread and some switches, hardly more than a thread"},
             {TraitId::kScalability,
              "a live unit takes the bytes of a thread and a semaphore, as good as a thread's"}}});

}  // namespace
}  // namespace assay
