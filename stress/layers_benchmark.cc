// The layers' own cost: bodies that a BodyRuntime runs, against hand-written code of equal
// function.
//
// Every benchmark interleaves the two (stress/pairs.h) in one process that is pinned to one core,
// so that every switch is one between units of that core. What is aimed at: a yield of a coroutine
// within 1.10, a switch of threads and of processes within 1.05, creation and join within 1.10.
//
// Benchmarks with the argument 1 show the fixed cost of a run; the others share it among many
// units. `coroutine_create` is against bare frames, `coroutine_create_recorded` against coroutines
// of equal function: they leave a record of their end, also when they throw, and can be removed.
#include <benchmark/benchmark.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/pinning.h"
#include "models/process/fork.h"
#include "models/ready_queue.h"
#include "models/shared_mapping.h"
#include "models/thread/std_thread.h"
#include "stress/by_hand.h"
#include "stress/pairs.h"

namespace assay {
namespace {

// ---- Coroutines by hand: a ring of handles, a look at the clock every so many turns. ----

bool turn_ended(const Ring& ring) { return ring.taken() % ReadyQueue::kTurns == 0; }

/// Until nobody is ready, with a look at the clock after every kTurns switches.
void run_with_clock(Ring& ring) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!ring.empty() && std::chrono::steady_clock::now() < deadline) {
    while (!ring.empty()) {
      ring.take().resume();
      if (turn_ended(ring)) break;
    }
  }
}

struct BareYield {
  Ring& ring;
  bool await_ready() { return false; }
#if ASSAY_SYMMETRIC_TRANSFER
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> handle) {
    ring.push(handle);
    if (turn_ended(ring)) return std::noop_coroutine();
    return ring.take();
  }
#else
  void await_suspend(std::coroutine_handle<> handle) { ring.push(handle); }
#endif
  void await_resume() {}
};

[[gnu::noinline]] Bare yielding(Ring& ring, std::uint64_t yields, std::uint64_t& done) {
  for (std::uint64_t i = 0; i < yields; ++i) {
    co_await BareYield{ring};
    ++done;
  }
}

std::uint64_t yields_by_hand(std::size_t units, std::uint64_t yields) {
  Ring ring(units);
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < units; ++i) ring.push(yielding(ring, yields, done).handle);
  run_with_clock(ring);
  return done;
}

std::uint64_t counted(const BodyResult& result, std::uint64_t done) {
  return result.completed() ? done : 0;
}

Task yielding_body(Unit& unit, std::uint64_t yields, std::uint64_t& done) {
  for (std::uint64_t i = 0; i < yields; ++i) {
    co_await unit.yield();
    ++done;
  }
}

std::uint64_t yields_of_bodies(BodyRuntime& runtime, std::size_t units, std::uint64_t yields) {
  Bodies bodies;
  bodies.count = units;
  bodies.bound = std::chrono::seconds(60);
  std::uint64_t done = 0;
  bodies.task = [&](Unit& unit) { return yielding_body(unit, yields, done); };
  return counted(runtime.run_here(bodies), done);
}

void coroutine_yield(benchmark::State& state) {
  // Many a unit, so that creation does not count.
  const std::uint64_t switches = state.range(0) < 1'000 ? 400'000 : 4'000'000;
  const auto units = static_cast<std::size_t>(state.range(0));
  const std::uint64_t each = switches / units;
  compare(
      state, TimedBy::kThreadCpu, each * units, [&] { return yields_by_hand(units, each); },
      [&] { return yields_of_bodies(coroutine(), units, each); });
}
BENCHMARK(coroutine_yield)->Arg(2)->Arg(64)->Arg(10'000)->Iterations(kPairs)->UseManualTime();

// ---- Threads and processes: sched_yield between two units of one core. ----

constexpr std::uint64_t kYields = 10'000;

void yield_in_plain_loop(std::uint64_t& done) {
  for (std::uint64_t i = 0; i < kYields; ++i) {
    sched_yield();
    ++done;
  }
}

struct alignas(64) Count {
  std::uint64_t done;
};

std::uint64_t thread_yields_by_hand() {
  std::array<Count, 2> counts{};
  std::vector<std::thread> threads;
  for (Count& count : counts) threads.emplace_back([&] { yield_in_plain_loop(count.done); });
  for (std::thread& thread : threads) thread.join();
  return counts[0].done + counts[1].done;
}

std::uint64_t process_yields_by_hand() {
  const SharedMapping memory(2 * sizeof(Count));
  for (std::size_t i = 0; i < 2; ++i) {
    if (fork() != 0) continue;
    yield_in_plain_loop(memory.at<Count>(i * sizeof(Count))->done);
    _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
  return memory.at<Count>(0)->done + memory.at<Count>(sizeof(Count))->done;
}

std::uint64_t kernel_yields_of_bodies(BodyRuntime& runtime) {
  Bodies bodies;
  bodies.count = 2;
  bodies.bound = std::chrono::seconds(60);
  bodies.shared_bytes = 2 * sizeof(Count);
  std::uint64_t done = 0;
  bodies.task = [](Unit& unit) -> Task {
    std::uint64_t& mine = (&unit.shared<Count>() + unit.index())->done;
    for (std::uint64_t i = 0; i < kYields; ++i) {
      co_await unit.yield();
      ++mine;
    }
  };
  bodies.after = [&](std::byte* shared) {
    const auto* counts = reinterpret_cast<const Count*>(shared);
    done = counts[0].done + counts[1].done;
  };
  return counted(runtime.run_here(bodies), done);
}

void thread_yield(benchmark::State& state) {
  compare(state, TimedBy::kCpuOfAll, 2 * kYields, thread_yields_by_hand,
          [] { return kernel_yields_of_bodies(std_thread()); });
}
BENCHMARK(thread_yield)->Iterations(kPairs)->UseManualTime();

void process_yield(benchmark::State& state) {
  compare(state, TimedBy::kCpuOfAll, 2 * kYields, process_yields_by_hand,
          [] { return kernel_yields_of_bodies(fork_runtime()); });
}
BENCHMARK(process_yield)->Iterations(kPairs)->UseManualTime();

// ---- Ping-pong by messages of 8 bytes. ----

constexpr std::uint64_t kRounds = 5'000;

/// A mailbox for one number.
class Slot {
 public:
  void put(std::uint64_t value) {
    {
      const std::lock_guard hold(mutex_);
      value_ = value;
      full_ = true;
    }
    arrived_.notify_one();
  }
  std::uint64_t take() {
    std::unique_lock hold(mutex_);
    arrived_.wait(hold, [this] { return full_; });
    full_ = false;
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::uint64_t value_ = 0;
  bool full_ = false;
};

std::uint64_t thread_messages_by_hand() {
  std::array<Slot, 2> slots;
  std::uint64_t right = 0;
  std::thread other([&] {
    for (std::uint64_t i = 0; i < kRounds; ++i) slots[1].put(slots[0].take() + 1);
  });
  for (std::uint64_t i = 0; i < kRounds; ++i) {
    slots[0].put(i);
    right += slots[1].take() == i + 1 ? 1 : 0;
  }
  other.join();
  return right;
}

class Pipes {
 public:
  Pipes() {
    for (auto& ends : ends_) {
      if (pipe(ends.data()) != 0) std::abort();
    }
  }
  Pipes(const Pipes&) = delete;
  Pipes& operator=(const Pipes&) = delete;
  ~Pipes() {
    for (auto& ends : ends_) {
      close(ends[0]);
      close(ends[1]);
    }
  }
  void put(std::size_t pipe, std::uint64_t value) {
    if (::write(ends_.at(pipe)[1], &value, sizeof(value)) != sizeof(value)) std::abort();
  }
  std::uint64_t take(std::size_t pipe) {
    std::uint64_t value = 0;
    if (::read(ends_.at(pipe)[0], &value, sizeof(value)) != sizeof(value)) std::abort();
    return value;
  }

 private:
  std::array<std::array<int, 2>, 2> ends_{};
};

std::uint64_t process_messages_by_hand() {
  Pipes pipes;
  const pid_t other = fork();
  if (other == 0) {
    for (std::uint64_t i = 0; i < kRounds; ++i) pipes.put(1, pipes.take(0) + 1);
    _exit(0);
  }
  std::uint64_t right = 0;
  for (std::uint64_t i = 0; i < kRounds; ++i) {
    pipes.put(0, i);
    right += pipes.take(1) == i + 1 ? 1 : 0;
  }
  waitpid(other, nullptr, 0);
  return right;
}

void send_number(Unit& unit, std::size_t channel, std::uint64_t value) {
  unit.send(channel, std::as_bytes(std::span(&value, 1)));
}

std::uint64_t number_in(const Message& message) {
  std::uint64_t value = 0;
  if (message.size() == sizeof(value)) std::memcpy(&value, message.data(), sizeof(value));
  return value;
}

Task play(Unit& unit) {
  Message message;
  std::uint64_t right = 0;
  for (std::uint64_t i = 0; i < kRounds; ++i) {
    if (unit.index() == 0) {
      send_number(unit, 0, i);
      co_await unit.receive(1, message);
      right += number_in(message) == i + 1 ? 1 : 0;
    } else {
      co_await unit.receive(0, message);
      send_number(unit, 1, number_in(message) + 1);
    }
  }
  if (unit.index() == 0) unit.shared<std::uint64_t>() = right;
}

std::uint64_t messages_of_bodies(BodyRuntime& runtime) {
  Bodies bodies;
  bodies.count = 2;
  bodies.channels = 2;
  bodies.bound = std::chrono::seconds(60);
  bodies.shared_bytes = sizeof(std::uint64_t);
  std::uint64_t right = 0;
  bodies.task = play;
  bodies.after = [&](std::byte* shared) { right = *reinterpret_cast<std::uint64_t*>(shared); };
  return counted(runtime.run_here(bodies), right);
}

void thread_message(benchmark::State& state) {
  compare(state, TimedBy::kCpuOfAll, kRounds, thread_messages_by_hand,
          [] { return messages_of_bodies(std_thread()); });
}
BENCHMARK(thread_message)->Iterations(kPairs)->UseManualTime();

void process_message(benchmark::State& state) {
  compare(state, TimedBy::kCpuOfAll, kRounds, process_messages_by_hand,
          [] { return messages_of_bodies(fork_runtime()); });
}
BENCHMARK(process_message)->Iterations(kPairs)->UseManualTime();

// ---- Creation and join of many units. ----

[[gnu::noinline]] Bare count_up(std::uint64_t& done) {
  ++done;
  co_return;
}

std::uint64_t create_coroutines_by_hand(std::size_t units) {
  Ring ring(units);
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < units; ++i) ring.push(count_up(done).handle);
  run_with_clock(ring);
  return done;
}

[[gnu::noinline]] Recorded count_and_record(std::uint64_t& done) {
  ++done;
  co_return;
}

std::uint64_t create_recorded_coroutines_by_hand(std::size_t units) {
  Ring ring(units);
  std::uint64_t done = 0;
  BodyResult result;
  result.host.kind = EndKind::kCompleted;
  result.ends = run_recorded(
      units, ring, [&](std::size_t) { return count_and_record(done); },
      [&] { run_with_clock(ring); });
  return counted(result, done);
}

std::uint64_t create_threads_by_hand(std::size_t units) {
  std::atomic<std::uint64_t> done{0};
  std::vector<std::thread> threads;
  threads.reserve(units);
  for (std::size_t i = 0; i < units; ++i) threads.emplace_back([&] { ++done; });
  for (std::thread& thread : threads) thread.join();
  return done;
}

std::uint64_t create_processes_by_hand(std::size_t units) {
  const SharedMapping memory(sizeof(std::atomic<std::uint64_t>));
  auto& done = *memory.at<std::atomic<std::uint64_t>>(0);
  for (std::size_t i = 0; i < units; ++i) {
    if (fork() != 0) continue;
    ++done;
    _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
  return done;
}

std::uint64_t create_by_bodies(BodyRuntime& runtime, std::size_t units) {
  Bodies bodies;
  bodies.count = units;
  bodies.bound = std::chrono::seconds(60);
  bodies.shared_bytes = sizeof(std::atomic<std::uint64_t>);
  const bool alone = runtime.info().model == Model::kCoroutine;
  std::uint64_t done = 0;
  if (alone) {
    bodies.task = [&](Unit&) -> Task {
      ++done;
      co_return;
    };
  } else {
    bodies.task = [](Unit& unit) -> Task {
      ++unit.shared<std::atomic<std::uint64_t>>();
      co_return;
    };
    bodies.after = [&](std::byte* shared) {
      done = *reinterpret_cast<std::atomic<std::uint64_t>*>(shared);
    };
  }
  return counted(runtime.run_here(bodies), done);
}

void coroutine_create(benchmark::State& state) {
  const auto units = static_cast<std::size_t>(state.range(0));
  compare(
      state, TimedBy::kThreadCpu, units, [=] { return create_coroutines_by_hand(units); },
      [=] { return create_by_bodies(coroutine(), units); });
}
BENCHMARK(coroutine_create)->Arg(1)->Arg(100'000)->Iterations(kPairs)->UseManualTime();

/// The same against coroutines that leave results: the rest is what the layer adds to them.
void coroutine_create_recorded(benchmark::State& state) {
  const auto units = static_cast<std::size_t>(state.range(0));
  compare(
      state, TimedBy::kThreadCpu, units, [=] { return create_recorded_coroutines_by_hand(units); },
      [=] { return create_by_bodies(coroutine(), units); });
}
BENCHMARK(coroutine_create_recorded)->Arg(100'000)->Iterations(kPairs)->UseManualTime();

void thread_create(benchmark::State& state) {
  const auto units = static_cast<std::size_t>(state.range(0));
  compare(
      state, TimedBy::kWall, units, [=] { return create_threads_by_hand(units); },
      [=] { return create_by_bodies(std_thread(), units); });
}
BENCHMARK(thread_create)->Arg(1)->Arg(500)->Iterations(kPairs)->UseManualTime();

void process_create(benchmark::State& state) {
  const auto units = static_cast<std::size_t>(state.range(0));
  compare(
      state, TimedBy::kWall, units, [=] { return create_processes_by_hand(units); },
      [=] { return create_by_bodies(fork_runtime(), units); });
}
BENCHMARK(process_create)->Arg(1)->Arg(200)->Iterations(kPairs)->UseManualTime();

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const assay::Pinned pinned(assay::allowed_cores().back());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return assay::failures() == 0 ? 0 : 1;
}
