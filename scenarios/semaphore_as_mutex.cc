#include "scenarios/scenario.h"

namespace assay {
namespace {

/// A semaphore with one permit protects a counter. A semaphore has no owner: unit 0 finds that it
/// has nothing to do, and its cleaning up releases what it never acquired, so that two are inside.
template <typename Env, bool kFixed>
struct SemaphoreAsMutex {
  Semaphore<Env> semaphore{"semaphore", 1};
  Shared<Env, int> counter{"counter"};

  Body<Env> body(UnitOf<Env> unit) {
    const bool works = unit.index() > 0;
    if (works) {
      co_await semaphore.acquire(unit);
      const int seen = co_await counter.read();
      co_await counter.write(seen + 1);
    }
    if (works || !kFixed) co_await semaphore.release();
  }
  void finish(Outcome& outcome) {
    outcome.record(counter.value());
    outcome.require(counter.value() == static_cast<int>(outcome.units()) - 1, "no update is lost");
  }
};

template <typename Env>
using Defect = SemaphoreAsMutex<Env, false>;
template <typename Env>
using Twin = SemaphoreAsMutex<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "semaphore_as_mutex",
    .title = "a semaphore is released by a unit that did not acquire it",
    .units = 3,
    .least_units = 3,
    .defect = controlled::FailureKind::kDataRace,
    .twin = "semaphore_as_mutex_fixed",
    .outcomes = {{"1", Reach::kSc, "two are inside, and one update is lost"},
                 {"2", Reach::kSc, "they happened to be inside one after the other"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "semaphore_as_mutex_fixed",
    .title = "a semaphore is released by those who acquired it",
    .units = 3,
    .least_units = 3,
    .outcomes = {{"2", Reach::kSc, "one unit at a time is inside"},
                 {"1", Reach::kForbidden, "there is one permit"}},
});

}  // namespace
}  // namespace assay
