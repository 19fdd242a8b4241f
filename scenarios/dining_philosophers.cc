#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Each unit needs the forks at its left and at its right, and takes the left one first. The twin's
/// last unit takes the right one first, so that there is no cycle.
template <typename Env, bool kFixed>
struct Philosophers {
  std::array<Mutex<Env>, 4> forks{Mutex<Env>{"fork", 0}, Mutex<Env>{"fork", 1},
                                  Mutex<Env>{"fork", 2}, Mutex<Env>{"fork", 3}};
  Shared<Env, int> meals{"meals"};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    const std::size_t next = (me + 1) % unit.count();
    const bool swapped = kFixed && next == 0;
    Mutex<Env>& one = forks[swapped ? next : me];
    Mutex<Env>& other = forks[swapped ? me : next];
    co_await one.lock(unit);
    co_await other.lock(unit);
    co_await meals.fetch_add(1, std::memory_order_relaxed);
    co_await other.unlock();
    co_await one.unlock();
  }
  void finish(Outcome& outcome) {
    outcome.record(meals.value());
    outcome.require(meals.value() == static_cast<int>(outcome.units()), "everybody eats");
  }
};

template <typename Env>
using Defect = Philosophers<Env, false>;
template <typename Env>
using Twin = Philosophers<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "dining_philosophers",
    .title = "every unit takes the lock at its left and then the one at its right",
    .units = 3,
    .defect = controlled::FailureKind::kDeadlock,
    .twin = "dining_philosophers_fixed",
    .outcomes = {{"3", Reach::kSc, "all have eaten, one after the other"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "dining_philosophers_fixed",
    .title = "the last unit takes its two locks in the other order",
    .units = 3,
    .outcomes = {{"3", Reach::kSc, "all have eaten"}},
});

}  // namespace
}  // namespace assay
