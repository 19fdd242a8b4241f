#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Peterson's algorithm, as an attempt: raise the own flag, let the other go first, and enter if it
/// does not want to or let this unit go first.
template <typename Env, bool kFixed>
struct Peterson {
  SharedArray<Env, int, 2> flag{"flag"};
  Shared<Env, int> turn{"turn"};
  Shared<Env, int> inside{"inside"};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    co_await flag[me].store(1, std::memory_order_release);
    co_await turn.store(static_cast<int>(1 - me), std::memory_order_release);
    if constexpr (kFixed) co_await unit.fence();
    bool enters = co_await flag[1 - me].load(std::memory_order_acquire) == 0;
    if (!enters) enters = co_await turn.load(std::memory_order_acquire) == static_cast<int>(me);
    if (enters) {
      unit.require(co_await inside.fetch_add(1) == 0, "one unit at a time is inside");
      co_await inside.fetch_sub(1);
    }
    co_await flag[me].store(0, std::memory_order_release);
  }
  void finish(Outcome& outcome) { outcome.record(inside.value()); }
};

template <typename Env>
using Defect = Peterson<Env, false>;
template <typename Env>
using Twin = Peterson<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "peterson",
    .title = "Peterson's algorithm with stores that may wait in a buffer",
    .most_units = 2,
    .defect = controlled::FailureKind::kAssertion,
    .memory = controlled::MemoryModel::kTso,
    .twin = "peterson_fixed",
    .outcomes = {{"0", Reach::kSc, "who was inside has left"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "peterson_fixed",
    .title = "Peterson's algorithm with sequentially consistent fences",
    .most_units = 2,
    .memory = controlled::MemoryModel::kTso,
    .outcomes = {{"0", Reach::kSc, "who was inside has left"},
                 {"1", Reach::kForbidden, "who is inside leaves before it ends"}},
});

}  // namespace
}  // namespace assay
