#include "scenarios/scenario.h"

namespace assay {
namespace {

/// R: unit 0 writes 1 to the first variable and then 1 to the second; each of the others writes 2
/// to its own, and then 1 to the next one; the last unit reads the first one instead.
template <typename Env, std::memory_order kStore, std::memory_order kLoad>
struct ReadAfterWrite {
  SharedArray<Env, int, 4> x{"x"};
  int seen = 0;

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    co_await x[me].store(me == 0 ? 1 : 2, kStore);
    if (me + 1 < unit.count()) {
      co_await x[me + 1].store(1, kStore);
    } else {
      seen = co_await x[0].load(kLoad);
    }
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 1; i < outcome.units(); ++i) outcome.record(x[i].value());
    outcome.record(seen);
  }
};

template <typename Env>
using Relaxed = ReadAfterWrite<Env, std::memory_order_relaxed, std::memory_order_relaxed>;
template <typename Env>
using Ordered = ReadAfterWrite<Env, std::memory_order_seq_cst, std::memory_order_seq_cst>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "read_after_write",
    .title = "R: who overwrites the second write reads the first, relaxed",
    .outcomes = {{"1,0", Reach::kSc, "unit 1 is done before unit 0 begins"},
                 {"1,1", Reach::kSc, "unit 1 writes first and reads last"},
                 {"2,0", Reach::kTso, "unit 1 reads while its store waits in the buffer",
                  Showing::kMust},
                 {"2,1", Reach::kSc, "unit 0 is done before unit 1 begins"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "read_after_write_seq_cst",
    .title = "R with sequentially consistent operations",
    .outcomes = {{"1,0", Reach::kSc, "unit 1 is done before unit 0 begins"},
                 {"1,1", Reach::kSc, "unit 1 writes first and reads last"},
                 {"2,0", Reach::kForbidden,
                  "a sequentially consistent store is seen before its unit goes on"},
                 {"2,1", Reach::kSc, "unit 0 is done before unit 1 begins"}},
});

}  // namespace
}  // namespace assay
