#include "scenarios/scenario.h"

namespace assay {
namespace {

/// A barrier by hand, used twice: each unit writes its cell, waits for the others, reads the next
/// one's cell, waits again, and writes its cell anew. The last to arrive opens a gate. In the
/// defect it stays open, so that nobody waits the second time; the twin turns it the other way each
/// time.
template <typename Env, bool kFixed>
struct BarrierReuse {
  Shared<Env, int> arrived{"arrived"};
  Shared<Env, int> gate{"gate"};
  SharedArray<Env, int, controlled::kMaxUnits> cell{"cell"};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    co_await cell[me].write(1);
    co_await arrive_and_wait(unit, 1);
    const int next = co_await cell[(me + 1) % unit.count()].read();
    unit.require(next == 1, "all cells are of the first round");
    co_await arrive_and_wait(unit, kFixed ? 0 : 1);
    co_await cell[me].write(2);
  }

  Routine<> arrive_and_wait(UnitOf<Env> unit, int open) {
    const auto last = static_cast<int>(unit.count()) - 1;
    if (co_await arrived.fetch_add(1, std::memory_order_acq_rel) == last) {
      co_await arrived.store(0, std::memory_order_relaxed);
      co_await gate.store(open, std::memory_order_release);
    }
    co_await gate.until_equal(unit, open, std::memory_order_acquire);
  }
  void finish(Outcome& outcome) { outcome.record(arrived.value()); }
};

template <typename Env>
using Defect = BarrierReuse<Env, false>;
template <typename Env>
using Twin = BarrierReuse<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "barrier_reuse",
    .title = "a barrier whose gate stays open is used again",
    .most_units = 3,
    .defect = controlled::FailureKind::kDataRace,
    .twin = "barrier_reuse_fixed",
    .outcomes = {{"0", Reach::kSc, "the last of the second round sets the count back"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "barrier_reuse_fixed",
    .title = "a barrier whose gate turns each time is used again",
    .most_units = 3,
    .outcomes = {{"0", Reach::kSc, "the last of each round sets the count back"},
                 {"1", Reach::kForbidden, "nobody enters a round before the one before is over"}},
});

}  // namespace
}  // namespace assay
