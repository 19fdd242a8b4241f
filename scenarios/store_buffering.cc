#include "scenarios/scenario.h"

namespace assay {
namespace {

/// SB: each unit writes its own variable and reads its neighbour's. A store that waits in a buffer
/// is not seen by the neighbour's load.
template <typename Env, std::memory_order kStore, std::memory_order kLoad>
struct StoreBuffering {
  SharedArray<Env, int, 4> x{"x"};
  std::array<int, 4> seen{};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    co_await x[me].store(1, kStore);
    seen[me] = co_await x[(me + 1) % unit.count()].load(kLoad);
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 0; i < outcome.units(); ++i) outcome.record(seen[i]);
  }
};

template <typename Env>
using Relaxed = StoreBuffering<Env, std::memory_order_relaxed, std::memory_order_relaxed>;
template <typename Env>
using Ordered = StoreBuffering<Env, std::memory_order_seq_cst, std::memory_order_seq_cst>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "store_buffering",
    .title = "SB: each unit writes its variable and reads its neighbour's, relaxed",
    .outcomes = {{"0,0", Reach::kTso,
                  "both stores wait in their buffers while both loads read memory", Showing::kMust},
                 {"0,1", Reach::kSc, "unit 0 is done before unit 1 writes"},
                 {"1,0", Reach::kSc, "unit 1 is done before unit 0 writes"},
                 {"1,1", Reach::kSc, "both write before either reads"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "store_buffering_seq_cst",
    .title = "SB with sequentially consistent operations",
    .outcomes = {{"0,0", Reach::kForbidden,
                  "a sequentially consistent store is seen before its unit goes on"},
                 {"0,1", Reach::kSc, "unit 0 is done before unit 1 writes"},
                 {"1,0", Reach::kSc, "unit 1 is done before unit 0 writes"},
                 {"1,1", Reach::kSc, "both write before either reads"}},
});

}  // namespace
}  // namespace assay
