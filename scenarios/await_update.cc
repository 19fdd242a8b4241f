#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Each coroutine reads, gives way, and writes one more than it read.
template <typename Env, bool kFixed>
struct AwaitUpdate {
  Mutex<Env> mutex{"mutex"};
  Shared<Env, int> counter{"counter"};

  Body<Env> body(UnitOf<Env> unit) {
    if constexpr (kFixed) co_await mutex.lock(unit);
    const int seen = co_await counter.read();
    co_await unit.yield();
    co_await counter.write(seen + 1);
    if constexpr (kFixed) co_await mutex.unlock();
  }
  void finish(Outcome& outcome) {
    outcome.record(counter.value());
    outcome.require(counter.value() == static_cast<int>(outcome.units()), "no update is lost");
  }
};

template <typename Env>
using Defect = AwaitUpdate<Env, false>;
template <typename Env>
using Twin = AwaitUpdate<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "await_update",
    .title = "a read and a write with an await between them",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "await_update_fixed",
    .cooperative = true,
    .outcomes = {{"1", Reach::kSc, "both read before either writes"},
                 {"2", Reach::kSc, "one unit is done before the other reads"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "await_update_fixed",
    .title = "a read and a write with an await between them, under a lock",
    .cooperative = true,
    .outcomes = {{"2", Reach::kSc, "the lock is held across the await"},
                 {"1", Reach::kForbidden,
                  "the lock keeps others out between the read and the write"}},
});

}  // namespace
}  // namespace assay
