#include "scenarios/scenario.h"

namespace assay {
namespace {

/// A mutex for coroutines: who finds it taken suspends, and is woken by who gives it up. The defect
/// marks it free and wakes one; before that one runs another comes and takes it, and two are
/// inside. The twin hands it over: it stays taken.
template <typename Env, bool kFixed>
struct AsyncMutex {
  Mutex<Env> guard{"guard"};
  Shared<Env, int> taken{"taken"};
  Shared<Env, int> waiting{"waiting"};
  Semaphore<Env> woken{"woken", 0};
  Shared<Env, int> counter{"counter"};

  Body<Env> body(UnitOf<Env> unit) {
    co_await lock(unit);
    const int seen = co_await counter.load();
    co_await unit.yield();
    co_await counter.store(seen + 1);
    co_await unlock(unit);
  }

  Routine<> lock(UnitOf<Env> unit) {
    co_await guard.lock(unit);
    const bool waits = co_await taken.read() != 0;
    if (waits) {
      co_await waiting.write(co_await waiting.read() + 1);
    } else {
      co_await taken.write(1);
    }
    co_await guard.unlock();
    if (!waits) co_return;
    co_await woken.acquire(unit);
    if constexpr (kFixed) co_return;
    co_await guard.lock(unit);
    co_await taken.write(1);
    co_await guard.unlock();
  }

  Routine<> unlock(UnitOf<Env> unit) {
    co_await guard.lock(unit);
    const int queued = co_await waiting.read();
    if (queued > 0) co_await waiting.write(queued - 1);
    if (queued == 0 || !kFixed) co_await taken.write(0);
    co_await guard.unlock();
    if (queued > 0) co_await woken.release();
  }
  void finish(Outcome& outcome) {
    outcome.record(counter.value());
    outcome.require(counter.value() == static_cast<int>(outcome.units()), "no update is lost");
  }
};

template <typename Env>
using Defect = AsyncMutex<Env, false>;
template <typename Env>
using Twin = AsyncMutex<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "async_mutex",
    .title = "a mutex for coroutines that is free until the woken one runs",
    .units = 3,
    .defect = controlled::FailureKind::kAssertion,
    .twin = "async_mutex_fixed",
    .cooperative = true,
    .outcomes = {{"2", Reach::kSc,
                  "the woken unit and one that came in between are inside together"},
                 {"3", Reach::kSc, "nobody comes between the release and the woken unit"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "async_mutex_fixed",
    .title = "a mutex for coroutines that is handed over to the woken one",
    .units = 3,
    .cooperative = true,
    .outcomes = {{"3", Reach::kSc, "one unit at a time is inside"},
                 {"2", Reach::kForbidden, "who is woken has the mutex already"}},
});

}  // namespace
}  // namespace assay
