#include "scenarios/scenario.h"

namespace assay {
namespace {

/// The deque of D. Chase and Y. Lev ("Dynamic Circular Work-Stealing Deque", SPAA 2005), with two
/// items: unit 0 takes from the bottom until none is left, the others steal one from the top. The
/// defect lets the owner's claim of the bottom wait in its store buffer while it looks at the top:
/// N. M. Le, A. Pop, A. Cohen, F. Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak
/// Memory Models", PPoPP 2013, put the fence there.
template <typename Env, bool kFixed>
struct WorkStealingDeque {
  static constexpr int kItems = 2;

  Shared<Env, int> top{"top"};
  Shared<Env, int> bottom{"bottom", kItems};
  SharedArray<Env, int, kItems> takers{"takers"};

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() > 0) {
      co_await claim(unit, co_await steal(unit));
    } else {
      for (int item = co_await take(unit); item >= 0; item = co_await take(unit))
        co_await claim(unit, item);
    }
  }

  Routine<> claim(UnitOf<Env> unit, int item) {
    if (item < 0) co_return;
    const int before = co_await takers[static_cast<std::size_t>(item)].fetch_add(1);
    unit.require(before == 0, "an item is taken once");
  }

  Routine<bool> claims_top(int first) {
    const auto exchanged = co_await top.compare_exchange(first, first + 1);
    co_return exchanged.done;
  }

  /// The item, or -1 when there is none.
  Routine<int> take(UnitOf<Env> unit) {
    const int item = co_await bottom.load(std::memory_order_relaxed) - 1;
    co_await bottom.store(item, std::memory_order_relaxed);
    if constexpr (kFixed) co_await unit.fence();
    const int first = co_await top.load(std::memory_order_relaxed);
    if (first < item) co_return item;
    // The last item, which a thief may want as well, or none.
    const bool mine = first == item && co_await claims_top(first);
    co_await bottom.store(item + 1, std::memory_order_relaxed);
    co_return mine ? item : -1;
  }

  Routine<int> steal(UnitOf<Env> unit) {
    const int first = co_await top.load(std::memory_order_acquire);
    if constexpr (kFixed) co_await unit.fence();
    const int end = co_await bottom.load(std::memory_order_acquire);
    if (first >= end) co_return -1;
    co_return co_await claims_top(first) ? first : -1;
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 0; i < kItems; ++i) {
      outcome.record(takers[i].value());
      outcome.require(takers[i].value() == 1, "each item is taken");
    }
  }
};

template <typename Env>
using Defect = WorkStealingDeque<Env, false>;
template <typename Env>
using Twin = WorkStealingDeque<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "work_stealing_deque",
    .title = "the owner's claim waits in its store buffer while it looks for thieves",
    .units = 3,
    .least_units = 3,
    .defect = controlled::FailureKind::kAssertion,
    .memory = controlled::MemoryModel::kTso,
    .twin = "work_stealing_deque_fixed",
    .outcomes = {{"1,1", Reach::kSc, "each item is taken by one unit"},
                 {"1,2", Reach::kTso,
                  "the owner and a thief take the last item: the claim was still in a buffer"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "work_stealing_deque_fixed",
    .title = "a fence stands between the owner's claim and its look for thieves",
    .units = 3,
    .least_units = 3,
    .memory = controlled::MemoryModel::kTso,
    .outcomes = {{"1,1", Reach::kSc, "each item is taken by one unit"},
                 {"1,2", Reach::kForbidden, "one of owner and thief sees what the other did"}},
});

}  // namespace
}  // namespace assay
