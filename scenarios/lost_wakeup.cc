#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 0 waits until unit 1 is ready. The defect looks before it takes the lock, so that the
/// notification can come between the look and the wait.
template <typename Env, bool kFixed>
struct LostWakeup {
  Shared<Env, int> ready{"ready"};
  Mutex<Env> mutex{"mutex"};
  ConditionVariable<Env> condition{"condition"};

  Body<Env> body(UnitOf<Env> unit) {
    const bool waits = unit.index() == 0;
    if constexpr (kFixed) {
      co_await mutex.lock(unit);
      if (waits) {
        while (co_await ready.load() == 0) co_await condition.wait(unit, mutex);
      } else {
        co_await ready.store(1);
        co_await condition.notify_one();
      }
      co_await mutex.unlock();
    } else if (waits) {
      if (co_await ready.load() == 0) {
        co_await mutex.lock(unit);
        co_await condition.wait(unit, mutex);
        co_await mutex.unlock();
      }
    } else {
      co_await ready.store(1);
      co_await condition.notify_one();
    }
  }
  void finish(Outcome& outcome) { outcome.record(ready.value()); }
};

template <typename Env>
using Defect = LostWakeup<Env, false>;
template <typename Env>
using Twin = LostWakeup<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "lost_wakeup",
    .title = "a unit looks for a condition before it takes the lock to wait for it",
    .most_units = 2,
    .defect = controlled::FailureKind::kLostWakeup,
    .twin = "lost_wakeup_fixed",
    .outcomes = {{"1", Reach::kSc,
                  "the notification comes after the wait, or the wait is not needed"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "lost_wakeup_fixed",
    .title = "a unit looks for a condition, and waits, under the lock",
    .most_units = 2,
    .outcomes = {{"1", Reach::kSc, "the notification cannot come between the look and the wait"}},
});

}  // namespace
}  // namespace assay
