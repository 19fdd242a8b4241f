#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Each unit draws a number and waits until it is served. The defect draws by a load and a store.
template <typename Env, bool kFixed>
struct TicketLock {
  Shared<Env, int> next{"next"};
  Shared<Env, int> serving{"serving"};
  Shared<Env, int> counter{"counter"};

  Body<Env> body(UnitOf<Env> unit) {
    int ticket = 0;
    if constexpr (kFixed) {
      ticket = co_await next.fetch_add(1, std::memory_order_relaxed);
    } else {
      ticket = co_await next.load(std::memory_order_relaxed);
      co_await next.store(ticket + 1, std::memory_order_relaxed);
    }
    co_await serving.until_at_least(unit, ticket, std::memory_order_acquire);
    const int seen = co_await counter.read();
    co_await counter.write(seen + 1);
    co_await serving.store(ticket + 1, std::memory_order_release);
  }
  void finish(Outcome& outcome) {
    outcome.record(counter.value());
    outcome.require(counter.value() == static_cast<int>(outcome.units()), "no update is lost");
  }
};

template <typename Env>
using Defect = TicketLock<Env, false>;
template <typename Env>
using Twin = TicketLock<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "ticket_lock",
    .title = "numbers are drawn by a load and a store",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "ticket_lock_fixed",
    .outcomes = {{"1", Reach::kSc, "two units drew the same ticket, and one update is lost"},
                 {"2", Reach::kSc, "the units are inside one after the other"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "ticket_lock_fixed",
    .title = "numbers are drawn by one atomic operation",
    .outcomes = {{"2", Reach::kSc, "one unit at a time is served"},
                 {"1", Reach::kForbidden, "no two units draw the same ticket"}},
});

}  // namespace
}  // namespace assay
