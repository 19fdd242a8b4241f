/// Small programs as data, for tests of the searches: RapidCheck generates and shrinks them.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "models/controlled/subject.h"

namespace assay::controlled {

struct TestStep {
  enum Kind : std::uint8_t {
    kRead,
    kWrite,
    kLoad,
    kStore,
    kAdd,
    kSwap,
    kUntil,
    kFence,
    kLock,
    kTryLock,
    kUnlock,
    kAcquire,
    kRelease,
    kSend,
    kReceive,
    kWait,
    kNotifyOne,
    kNotifyAll,
    kArrive,
    kSection,  ///< Lock, add one, unlock.
    kKinds,
  };
  std::uint8_t kind;
  std::uint8_t which;  ///< 0 or 1: of two variables, two mutexes.
};

struct TestProgram {
  std::vector<std::vector<TestStep>> units;
};

inline std::ostream& operator<<(std::ostream& out, const TestProgram& program) {
  static const char* const kNames[] = {"read",   "write",      "load",       "store",  "add",
                                       "swap",   "until",      "fence",      "lock",   "try_lock",
                                       "unlock", "acquire",    "release",    "send",   "receive",
                                       "wait",   "notify_one", "notify_all", "arrive", "section"};
  for (const auto& unit : program.units) {
    out << "unit:";
    for (const TestStep& step : unit) out << " " << kNames[step.kind] << int{step.which};
    out << "\n";
  }
  return out;
}

/// The shared state of any program, and the interpreter.
class ProgramSubject final : public Subject {
 public:
  explicit ProgramSubject(TestProgram program) : program_(std::move(program)) {}
  [[nodiscard]] std::size_t units() const override { return program_.units.size(); }
  void start(Execution& execution) override {
    state_ = std::make_unique<State>(units());
    sum_.assign(units(), 0);
    for (std::size_t unit = 0; unit < units(); ++unit) {
      execution.set_current(unit);
      frames_[unit] = body(UnitOf<Controlled>(unit)).frame;
    }
  }
  void finish(Outcome& outcome) override {
    for (const std::int64_t sum : sum_) outcome.record(sum);
    for (std::size_t i = 0; i < 2; ++i) outcome.record(state_->variables[i].value());
  }
  void discard(Execution& execution) override {
    for (std::size_t unit = 0; unit < units(); ++unit) {
      if (!execution.ended(unit)) frames_[unit].destroy();
    }
    state_.reset();
  }

 private:
  struct State {
    explicit State(std::size_t units) : barrier("barrier", units) {}
    SharedArray<Controlled, int, 2> variables{"x"};
    Mutex<Controlled> first{"first"};
    Mutex<Controlled> second{"second"};
    ConditionVariable<Controlled> condition{"condition"};
    Semaphore<Controlled> semaphore{"semaphore", 1};
    BoundedChannel<Controlled, int, 1> channel{"channel"};
    Barrier<Controlled> barrier;
  };

  Body<Controlled> body(UnitOf<Controlled> unit) {
    State& state = *state_;
    std::int64_t& sum = sum_[unit.index()];
    int value = static_cast<int>(unit.index()) + 1;
    for (const TestStep& step : program_.units[unit.index()]) {
      auto& x = state.variables[step.which];
      Mutex<Controlled>& mutex = step.which == 0 ? state.first : state.second;
      const auto note = [&](std::int64_t seen) { sum = sum * 7 + seen + 1; };
      switch (step.kind) {
        case TestStep::kRead:
          note(co_await x.read());
          break;
        case TestStep::kWrite:
          co_await x.write(value += 10);
          break;
        case TestStep::kLoad:
          note(co_await x.load(std::memory_order_acquire));
          break;
        case TestStep::kStore:
          co_await x.store(value += 10, std::memory_order_release);
          break;
        case TestStep::kAdd:
          note(co_await x.fetch_add(1));
          break;
        case TestStep::kSwap:
          note((co_await x.compare_exchange(0, value)).old);
          break;
        case TestStep::kUntil:
          note(co_await x.until_not_equal(unit, 0, std::memory_order_acquire));
          break;
        case TestStep::kFence:
          co_await unit.fence();
          break;
        case TestStep::kLock:
          co_await mutex.lock(unit);
          break;
        case TestStep::kTryLock:
          note(co_await mutex.try_lock() ? 1 : 0);
          break;
        case TestStep::kUnlock:
          co_await mutex.unlock();
          break;
        case TestStep::kAcquire:
          co_await state.semaphore.acquire(unit);
          break;
        case TestStep::kRelease:
          co_await state.semaphore.release();
          break;
        case TestStep::kSend:
          co_await state.channel.send(unit, value);
          break;
        case TestStep::kReceive:
          note(co_await state.channel.receive(unit));
          break;
        case TestStep::kWait:
          co_await state.condition.wait(unit, mutex);
          break;
        case TestStep::kNotifyOne:
          co_await state.condition.notify_one();
          break;
        case TestStep::kNotifyAll:
          co_await state.condition.notify_all();
          break;
        case TestStep::kArrive:
          co_await state.barrier.arrive_and_wait(unit);
          break;
        case TestStep::kSection:
          co_await mutex.lock(unit);
          note(co_await x.read());
          co_await x.write(value += 10);
          co_await mutex.unlock();
          break;
        default:
          break;
      }
    }
  }

  TestProgram program_;
  std::unique_ptr<State> state_;
  std::vector<std::int64_t> sum_;
  std::array<std::coroutine_handle<>, kMaxUnits> frames_;
};

/// Two to four units with at most ten operations in all. They may deadlock and misuse locks.
inline rc::Gen<TestProgram> generated_program() {
  const auto step = rc::gen::map(
      rc::gen::pair(rc::gen::weightedOneOf<int>({{4, rc::gen::inRange<int>(0, TestStep::kKinds)},
                                                 {1, rc::gen::just<int>(TestStep::kSection)}}),
                    rc::gen::inRange<int>(0, 2)),
      [](const std::pair<int, int>& chosen) {
        return TestStep{static_cast<std::uint8_t>(chosen.first),
                        static_cast<std::uint8_t>(chosen.second)};
      });
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(2, 5), [step](std::size_t units) {
    const auto steps = rc::gen::mapcat(
        rc::gen::inRange<std::size_t>(1, 10 / units + 1), [step](std::size_t count) {
          return rc::gen::container<std::vector<TestStep>>(count, step);
        });
    return rc::gen::map(
        rc::gen::container<std::vector<std::vector<TestStep>>>(units, steps),
        [](const std::vector<std::vector<TestStep>>& program) { return TestProgram{program}; });
  });
}

}  // namespace assay::controlled
