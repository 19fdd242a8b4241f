#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Each unit needs both locks. In the defect every other unit takes them in the opposite order.
template <typename Env, bool kFixed>
struct LockOrder {
  Mutex<Env> first{"first"};
  Mutex<Env> second{"second"};
  Shared<Env, int> counter{"counter"};

  Body<Env> body(UnitOf<Env> unit) {
    const bool inverted = !kFixed && unit.index() % 2 == 1;
    Mutex<Env>& outer = inverted ? second : first;
    Mutex<Env>& inner = inverted ? first : second;
    co_await outer.lock(unit);
    co_await inner.lock(unit);
    co_await counter.write(co_await counter.read() + 1);
    co_await inner.unlock();
    co_await outer.unlock();
  }
  void finish(Outcome& outcome) {
    outcome.record(counter.value());
    outcome.require(counter.value() == static_cast<int>(outcome.units()), "no update is lost");
  }
};

template <typename Env>
using Defect = LockOrder<Env, false>;
template <typename Env>
using Twin = LockOrder<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "lock_order_inversion",
    .title = "two locks, taken in opposite orders",
    .defect = controlled::FailureKind::kDeadlock,
    .twin = "lock_order_inversion_fixed",
    .outcomes = {{"2", Reach::kSc, "one unit has both locks before the other has one"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "lock_order_inversion_fixed",
    .title = "two locks, taken in one order by all",
    .outcomes = {{"2", Reach::kSc, "both lock in the same order"}},
});

}  // namespace
}  // namespace assay
