#include "scenarios/scenario.h"

namespace assay {
namespace {

/// CoRR: unit 0 writes; the others read the same variable twice.
template <typename Env, std::memory_order kStore, std::memory_order kLoad>
struct Coherence {
  Shared<Env, int> x{"x"};
  std::array<int, 8> seen{};

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 0) {
      co_await x.store(1, kStore);
    } else {
      seen[2 * unit.index()] = co_await x.load(kLoad);
      seen[2 * unit.index() + 1] = co_await x.load(kLoad);
    }
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 2; i < 2 * outcome.units(); ++i) outcome.record(seen[i]);
  }
};

template <typename Env>
using Relaxed = Coherence<Env, std::memory_order_relaxed, std::memory_order_relaxed>;
template <typename Env>
using Ordered = Coherence<Env, std::memory_order_seq_cst, std::memory_order_seq_cst>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "coherence",
    .title = "CoRR: one writes, others read twice, relaxed",
    .outcomes = {{"0,0", Reach::kSc, "the write comes last"},
                 {"0,1", Reach::kSc, "the write comes between the reads"},
                 {"1,0", Reach::kForbidden,
                  "reads of one variable never go back (C++20 [intro.races]/16)"},
                 {"1,1", Reach::kSc, "the write comes first"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "coherence_seq_cst",
    .title = "CoRR with sequentially consistent operations: the same outcomes",
    .outcomes = {{"0,0", Reach::kSc, "the write comes last"},
                 {"0,1", Reach::kSc, "the write comes between the reads"},
                 {"1,0", Reach::kForbidden, "reads of one variable never go back"},
                 {"1,1", Reach::kSc, "the write comes first"}},
});

}  // namespace
}  // namespace assay
