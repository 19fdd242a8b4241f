#include "scenarios/scenario.h"

namespace assay {
namespace {

/// SB with a look at the own write between: a unit sees its own store before anybody else does.
template <typename Env, std::memory_order kOrder>
struct StoreForwarding {
  SharedArray<Env, int, 4> x{"x"};
  std::array<int, 8> seen{};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    co_await x[me].store(1, kOrder);
    seen[2 * me] = co_await x[me].load(kOrder);
    seen[2 * me + 1] = co_await x[(me + 1) % unit.count()].load(kOrder);
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 0; i < 2 * outcome.units(); ++i) outcome.record(seen[i]);
  }
};

template <typename Env>
using Relaxed = StoreForwarding<Env, std::memory_order_relaxed>;
template <typename Env>
using Ordered = StoreForwarding<Env, std::memory_order_seq_cst>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "store_forwarding",
    .title = "SB+rfi: each unit reads its own store, and then its neighbour's, relaxed",
    .outcomes = {{"1,0,1,0", Reach::kTso, "each sees its own store in its buffer, and no other's",
                  Showing::kMust},
                 {"1,0,1,1", Reach::kSc, "unit 0 is done before unit 1 writes"},
                 {"1,1,1,0", Reach::kSc, "unit 1 is done before unit 0 writes"},
                 {"1,1,1,1", Reach::kSc, "both write before either reads the other's"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "store_forwarding_seq_cst",
    .title = "SB+rfi with sequentially consistent operations",
    .outcomes = {{"1,0,1,0", Reach::kForbidden, "a store is seen before its unit goes on"},
                 {"1,0,1,1", Reach::kSc, "unit 0 is done before unit 1 writes"},
                 {"1,1,1,0", Reach::kSc, "unit 1 is done before unit 0 writes"},
                 {"1,1,1,1", Reach::kSc, "both write before either reads the other's"}},
});

}  // namespace
}  // namespace assay
