#include "scenarios/scenario.h"

namespace assay {
namespace {

/// 2+2W: each unit writes 1 to its own variable and then 2 to its neighbour's.
template <typename Env, std::memory_order kStore, std::memory_order kLoad>
struct TwoWrites {
  SharedArray<Env, int, 4> x{"x"};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    co_await x[me].store(1, kStore);
    co_await x[(me + 1) % unit.count()].store(2, kStore);
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 0; i < outcome.units(); ++i) outcome.record(x[i].value());
  }
};

template <typename Env>
using Relaxed = TwoWrites<Env, std::memory_order_relaxed, std::memory_order_relaxed>;
template <typename Env>
using Ordered = TwoWrites<Env, std::memory_order_seq_cst, std::memory_order_seq_cst>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "two_writes",
    .title = "2+2W: each unit writes its variable and then its neighbour's, relaxed",
    .outcomes = {{"1,1", Reach::kRelaxed, "each first write comes last, which x86 never shows"},
                 {"1,2", Reach::kSc, "unit 1 is first"},
                 {"2,1", Reach::kSc, "unit 0 is first"},
                 {"2,2", Reach::kSc, "both write their own first"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "two_writes_seq_cst",
    .title = "2+2W with sequentially consistent operations",
    .outcomes = {{"1,1", Reach::kForbidden,
                  "there is one order of all sequentially consistent operations"},
                 {"1,2", Reach::kSc, "unit 1 is first"},
                 {"2,1", Reach::kSc, "unit 0 is first"},
                 {"2,2", Reach::kSc, "both write their own first"}},
});

}  // namespace
}  // namespace assay
