#include "scenarios/scenario.h"

namespace assay {
namespace {

/// LB: each unit reads its own variable and then writes its neighbour's.
template <typename Env, std::memory_order kStore, std::memory_order kLoad>
struct LoadBuffering {
  SharedArray<Env, int, 4> x{"x"};
  std::array<int, 4> seen{};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    seen[me] = co_await x[me].load(kLoad);
    co_await x[(me + 1) % unit.count()].store(1, kStore);
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 0; i < outcome.units(); ++i) outcome.record(seen[i]);
  }
};

template <typename Env>
using Relaxed = LoadBuffering<Env, std::memory_order_relaxed, std::memory_order_relaxed>;
template <typename Env>
using Ordered = LoadBuffering<Env, std::memory_order_release, std::memory_order_acquire>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "load_buffering",
    .title = "LB: each unit reads its variable and writes its neighbour's, relaxed",
    .outcomes = {{"0,0", Reach::kSc, "both read before either writes"},
                 {"0,1", Reach::kSc, "unit 0 is done before unit 1 reads"},
                 {"1,0", Reach::kSc, "unit 1 is done before unit 0 reads"},
                 {"1,1", Reach::kRelaxed, "both stores go before the loads, which x86 never does"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "load_buffering_acquire",
    .title = "LB with acquire loads and release stores",
    .outcomes = {{"0,0", Reach::kSc, "both read before either writes"},
                 {"0,1", Reach::kSc, "unit 0 is done before unit 1 reads"},
                 {"1,0", Reach::kSc, "unit 1 is done before unit 0 reads"},
                 {"1,1", Reach::kForbidden,
                  "each load would happen before the store that it reads from"}},
});

}  // namespace
}  // namespace assay
