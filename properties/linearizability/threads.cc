#include "properties/linearizability/threads.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "properties/linearizability/checker.h"

namespace assay::linearizability {

struct Threads::State {
  explicit State(std::size_t units) : histories(units) {
    for (std::size_t unit = 0; unit < units; ++unit)
      threads.emplace_back([this, unit] { serve(unit); });
  }

  /// Rounds are short: threads that wait for one look again and again, and let others run.
  static void wait_for(const std::atomic<std::uint64_t>& number, std::uint64_t value) {
    while (number.load(std::memory_order_acquire) < value) sched_yield();
  }

  void serve(std::size_t unit) {
    for (std::uint64_t next = 1;; ++next) {
      round.wait(next - 1, std::memory_order_acquire);
      if (calls == nullptr) return;
      // All begin at once.
      arrived.fetch_add(1, std::memory_order_acq_rel);
      wait_for(arrived, next * threads_count);
      for (const Call& call : (*calls)[unit]) {
        Operation operation{unit, call, 0, clock.fetch_add(1), kNever};
        operation.result = object->call(unit, call);
        operation.returned = clock.fetch_add(1);
        histories[unit].push_back(operation);
      }
      done.fetch_add(1, std::memory_order_acq_rel);
      done.notify_one();
    }
  }

  void begin_round() {
    round.fetch_add(1, std::memory_order_acq_rel);
    round.notify_all();
  }

  const Calls* calls = nullptr;
  ConcurrentObject* object = nullptr;
  std::vector<History> histories;
  std::uint64_t threads_count = histories.size();
  std::atomic<std::uint64_t> clock{0};
  std::atomic<std::uint64_t> round{0};
  std::atomic<std::uint64_t> arrived{0};
  std::atomic<std::uint64_t> done{0};
  std::vector<std::thread> threads;
};

Threads::Threads(std::size_t units) : state_(std::make_unique<State>(units)) {}

Threads::~Threads() {
  state_->calls = nullptr;
  state_->begin_round();
  for (std::thread& thread : state_->threads) thread.join();
}

History Threads::run(const Calls& calls, ConcurrentObject& object) {
  State& state = *state_;
  state.calls = &calls;
  state.object = &object;
  for (History& history : state.histories) history.clear();
  state.begin_round();
  const std::uint64_t all = state.round.load() * state.threads_count;
  for (std::uint64_t done = state.done.load(std::memory_order_acquire); done < all;
       done = state.done.load(std::memory_order_acquire))
    state.done.wait(done, std::memory_order_acquire);
  History history;
  for (const History& part : state.histories)
    history.insert(history.end(), part.begin(), part.end());
  return history;
}

namespace {

/// By one thread, after all others: takes until nothing is left.
void drain_into(History& history, ConcurrentObject& object) {
  std::uint64_t time = 0;
  for (const Operation& operation : history) time = std::max(time, operation.returned);
  const Call take{static_cast<std::uint8_t>(ContainerMethod::kTake), 0, 0};
  for (std::int64_t result = 0; result != kNothing; time += 2) {
    result = object.call(0, take);
    history.push_back({0, take, result, time + 1, time + 2});
  }
}

}  // namespace

std::optional<Fault> run_on_threads(const Calls& calls, const Specification& specification,
                                    const MakeObject& make, std::size_t rounds, bool drain) {
  Threads threads(calls.size());
  for (std::size_t i = 0; i < rounds; ++i) {
    const std::unique_ptr<ConcurrentObject> object = make();
    History history = threads.run(calls, *object);
    if (drain) drain_into(history, *object);
    if (check(history, specification).linearizable) continue;
    Fault fault{calls, minimal(history, specification), ""};
    fault.text = "in round " + std::to_string(i + 1) + " of " + std::to_string(rounds) + "\n" +
                 draw(fault.history, specification);
    return fault;
  }
  return std::nullopt;
}

}  // namespace assay::linearizability
