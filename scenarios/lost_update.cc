#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Every unit adds one: it reads, and then writes what it read and one more.
template <typename Env, bool kFixed>
struct LostUpdate {
  Shared<Env, int> counter{"counter"};

  Body<Env> body(UnitOf<Env>) {
    if constexpr (kFixed) {
      co_await counter.fetch_add(1);
    } else {
      const int seen = co_await counter.read();
      co_await counter.write(seen + 1);
    }
  }
  void finish(Outcome& outcome) {
    outcome.record(counter.value());
    outcome.require(counter.value() == static_cast<int>(outcome.units()), "no update is lost");
  }
};

template <typename Env>
using Defect = LostUpdate<Env, false>;
template <typename Env>
using Twin = LostUpdate<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "lost_update",
    .title = "each unit adds one to a counter, by a read and a write",
    .most_units = 6,
    .defect = controlled::FailureKind::kAssertion,
    .twin = "lost_update_fixed",
    .outcomes = {{"1", Reach::kSc, "the second unit reads before the first one writes",
                  Showing::kMust},
                 {"2", Reach::kSc, "one unit is done before the other begins"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "lost_update_fixed",
    .title = "each unit adds one to a counter, by one atomic operation",
    .most_units = 6,
    .outcomes = {{"2", Reach::kSc, "an atomic operation cannot be interrupted"}},
});

}  // namespace
}  // namespace assay
