#include "scenarios/scenario.h"

namespace assay {
namespace {

/// The core of Dekker's algorithm, as an attempt: raise the own flag, and enter if the other's is
/// down. Each flag must be seen before the other is read, which a store buffer breaks.
template <typename Env, bool kFixed>
struct Dekker {
  SharedArray<Env, int, 2> flag{"flag"};
  Shared<Env, int> inside{"inside"};

  Body<Env> body(UnitOf<Env> unit) {
    constexpr auto kOrder = kFixed ? std::memory_order_seq_cst : std::memory_order_relaxed;
    const std::size_t me = unit.index();
    co_await flag[me].store(1, kOrder);
    if (co_await flag[1 - me].load(kOrder) == 0) {
      unit.require(co_await inside.fetch_add(1) == 0, "one unit at a time is inside");
      co_await inside.fetch_sub(1);
    }
    co_await flag[me].store(0, kOrder);
  }
  void finish(Outcome& outcome) { outcome.record(inside.value()); }
};

template <typename Env>
using Defect = Dekker<Env, false>;
template <typename Env>
using Twin = Dekker<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "dekker",
    .title = "each unit raises its flag, relaxed, and enters if the other is down",
    .most_units = 2,
    .defect = controlled::FailureKind::kAssertion,
    .memory = controlled::MemoryModel::kTso,
    .twin = "dekker_fixed",
    .outcomes = {{"0", Reach::kSc, "who was inside has left"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "dekker_fixed",
    .title = "the flags are sequentially consistent",
    .most_units = 2,
    .memory = controlled::MemoryModel::kTso,
    .outcomes = {{"0", Reach::kSc, "who was inside has left"},
                 {"1", Reach::kForbidden, "who is inside leaves before it ends"}},
});

}  // namespace
}  // namespace assay
