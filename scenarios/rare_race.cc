#include "scenarios/scenario.h"

namespace assay {
namespace {

constexpr int kSteps = 4;
constexpr int kAlarming = 2;

/// Unit 1 looks once at the steps of unit 0. If it looks right after one certain step, it touches
/// what unit 0 touched there, in the defect without the lock. With n steps that is one of n + 1
/// schedules: on real hardware the race of a long program is never seen, here it costs no more.
template <typename Env, bool kFixed>
struct RareRace {
  Shared<Env, int> step{"step"};
  Shared<Env, int> alarms{"alarms"};
  Mutex<Env> mutex{"mutex"};

  Body<Env> body(UnitOf<Env> unit) {
    const bool walks = unit.index() == 0;
    if (walks) {
      for (int i = 1; i <= kSteps; ++i) {
        co_await step.store(i);
        if (i != kAlarming) continue;
        co_await mutex.lock(unit);
        co_await alarms.write(co_await alarms.read() + 1);
        co_await mutex.unlock();
      }
    } else if (co_await step.load() == kAlarming) {
      if constexpr (kFixed) co_await mutex.lock(unit);
      co_await alarms.write(co_await alarms.read() + 1);
      if constexpr (kFixed) co_await mutex.unlock();
    }
  }
  void finish(Outcome& outcome) { outcome.record(alarms.value()); }
};

template <typename Env>
using Defect = RareRace<Env, false>;
template <typename Env>
using Twin = RareRace<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "rare_race",
    .title = "a unit forgets the lock, but only if it looks right after one step of another",
    .most_units = 2,
    .defect = controlled::FailureKind::kDataRace,
    .twin = "rare_race_fixed",
    .outcomes = {{"1", Reach::kSc, "the look comes at another step, or an addition is lost"},
                 {"2", Reach::kSc, "the look comes right after the step, and both add"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "rare_race_fixed",
    .title = "a unit takes the lock even where it hardly ever comes",
    .most_units = 2,
    .outcomes = {{"1", Reach::kSc, "the look comes at another step"},
                 {"2", Reach::kSc, "the look comes right after the step, and both add"}},
});

}  // namespace
}  // namespace assay
