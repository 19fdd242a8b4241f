#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Every unit adds one to a counter and passes through a critical section. In the defect it adds
/// outside of it: unit 0 before, the others after. While unit 0 comes first, which it does where it
/// is started first, the lock orders the two by accident: nothing is lost, and a detector that goes
/// by happens-before sees no race.
template <typename Env, bool kFixed>
struct HiddenRace {
  Mutex<Env> mutex{"mutex"};
  Shared<Env, int> counter{"counter"};

  Body<Env> body(UnitOf<Env> unit) {
    const bool first = unit.index() == 0;
    if (!kFixed && first) co_await add();
    co_await mutex.lock(unit);
    if (kFixed) co_await add();
    co_await mutex.unlock();
    if (!kFixed && !first) co_await add();
  }
  Routine<> add() {
    const int seen = co_await counter.read();
    co_await counter.write(seen + 1);
  }
  void finish(Outcome& outcome) {
    outcome.record(counter.value());
    outcome.require(counter.value() == static_cast<int>(outcome.units()), "no update is lost");
  }
};

template <typename Env>
using Defect = HiddenRace<Env, false>;
template <typename Env>
using Twin = HiddenRace<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "hidden_race",
    .title = "updates outside of a lock that orders them by accident",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "hidden_race_fixed",
    .outcomes = {{"1", Reach::kSc, "unit 1 leaves the lock while unit 0 has not come to it"},
                 {"2", Reach::kSc, "the lock of unit 0 comes first, and hides the race"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "hidden_race_fixed",
    .title = "updates under the lock",
    .outcomes = {{"2", Reach::kSc, "the lock orders the updates"}},
});

}  // namespace
}  // namespace assay
