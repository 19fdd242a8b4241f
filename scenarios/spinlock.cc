#include "scenarios/scenario.h"

namespace assay {
namespace {

/// A lock by hand. The defect looks and then takes it, which are two operations.
template <typename Env, bool kFixed>
struct Spinlock {
  Shared<Env, int> held{"held"};
  Shared<Env, int> counter{"counter"};

  Body<Env> body(UnitOf<Env> unit) {
    if constexpr (kFixed) {
      co_await held.compare_exchange_when_equal(unit, 0, 1, std::memory_order_acquire);
    } else {
      co_await held.until_equal(unit, 0, std::memory_order_acquire);
      co_await held.store(1, std::memory_order_relaxed);
    }
    const int seen = co_await counter.read();
    co_await counter.write(seen + 1);
    co_await held.store(0, std::memory_order_release);
  }
  void finish(Outcome& outcome) {
    outcome.record(counter.value());
    outcome.require(counter.value() == static_cast<int>(outcome.units()), "no update is lost");
  }
};

template <typename Env>
using Defect = Spinlock<Env, false>;
template <typename Env>
using Twin = Spinlock<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "spinlock",
    .title = "a lock that is taken after a look at it",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "spinlock_fixed",
    .outcomes = {{"1", Reach::kSc, "both saw the lock free, and one update is lost"},
                 {"2", Reach::kSc, "one unit is done before the other looks"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "spinlock_fixed",
    .title = "a lock that is taken by one atomic operation",
    .outcomes = {{"2", Reach::kSc, "one unit at a time holds the lock"},
                 {"1", Reach::kForbidden, "the lock is taken by one of them"}},
});

}  // namespace
}  // namespace assay
