#include "scenarios/scenario.h"

namespace assay {
namespace {

/// IRIW: two units write a variable each; two read both, in opposite orders. Do all agree on which
/// write came first?
template <typename Env, std::memory_order kStore, std::memory_order kLoad>
struct Iriw {
  SharedArray<Env, int, 2> x{"x"};
  std::array<int, 4> seen{};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    if (me < 2) {
      co_await x[me].store(1, kStore);
    } else {
      seen[2 * (me - 2)] = co_await x[me - 2].load(kLoad);
      seen[2 * (me - 2) + 1] = co_await x[3 - me].load(kLoad);
    }
  }
  void finish(Outcome& outcome) {
    for (const int value : seen) outcome.record(value);
  }
};

template <typename Env>
using Relaxed = Iriw<Env, std::memory_order_relaxed, std::memory_order_relaxed>;
template <typename Env>
using Ordered = Iriw<Env, std::memory_order_seq_cst, std::memory_order_seq_cst>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "iriw",
    .title = "IRIW: two write, two read both in opposite orders, relaxed",
    .units = 4,
    .least_units = 4,
    .outcomes = {{"1,0,1,0", Reach::kRelaxed,
                  "the readers see the writes in different orders, which x86 never shows"},
                 {"0,0,0,0", Reach::kSc, "all agree on an order of the writes"},
                 {"0,0,0,1", Reach::kSc, "all agree on an order of the writes"},
                 {"0,0,1,0", Reach::kSc, "all agree on an order of the writes"},
                 {"0,0,1,1", Reach::kSc, "all agree on an order of the writes"},
                 {"0,1,0,0", Reach::kSc, "all agree on an order of the writes"},
                 {"0,1,0,1", Reach::kSc, "all agree on an order of the writes"},
                 {"0,1,1,0", Reach::kSc, "all agree on an order of the writes"},
                 {"0,1,1,1", Reach::kSc, "all agree on an order of the writes"},
                 {"1,0,0,0", Reach::kSc, "all agree on an order of the writes"},
                 {"1,0,0,1", Reach::kSc, "all agree on an order of the writes"},
                 {"1,0,1,1", Reach::kSc, "all agree on an order of the writes"},
                 {"1,1,0,0", Reach::kSc, "all agree on an order of the writes"},
                 {"1,1,0,1", Reach::kSc, "all agree on an order of the writes"},
                 {"1,1,1,0", Reach::kSc, "all agree on an order of the writes"},
                 {"1,1,1,1", Reach::kSc, "all agree on an order of the writes"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "iriw_seq_cst",
    .title = "IRIW with sequentially consistent operations",
    .units = 4,
    .least_units = 4,
    .outcomes = {{"1,0,1,0", Reach::kForbidden,
                  "there is one order of all sequentially consistent operations"},
                 {"0,0,0,0", Reach::kSc, "all agree on an order of the writes"},
                 {"0,0,0,1", Reach::kSc, "all agree on an order of the writes"},
                 {"0,0,1,0", Reach::kSc, "all agree on an order of the writes"},
                 {"0,0,1,1", Reach::kSc, "all agree on an order of the writes"},
                 {"0,1,0,0", Reach::kSc, "all agree on an order of the writes"},
                 {"0,1,0,1", Reach::kSc, "all agree on an order of the writes"},
                 {"0,1,1,0", Reach::kSc, "all agree on an order of the writes"},
                 {"0,1,1,1", Reach::kSc, "all agree on an order of the writes"},
                 {"1,0,0,0", Reach::kSc, "all agree on an order of the writes"},
                 {"1,0,0,1", Reach::kSc, "all agree on an order of the writes"},
                 {"1,0,1,1", Reach::kSc, "all agree on an order of the writes"},
                 {"1,1,0,0", Reach::kSc, "all agree on an order of the writes"},
                 {"1,1,0,1", Reach::kSc, "all agree on an order of the writes"},
                 {"1,1,1,0", Reach::kSc, "all agree on an order of the writes"},
                 {"1,1,1,1", Reach::kSc, "all agree on an order of the writes"}},
});

}  // namespace
}  // namespace assay
