#include "scenarios/scenario.h"

namespace assay {
namespace {

/// S: unit 0 writes 2 to the first variable and then 1 to the second; each of the others reads its
/// own and writes 1 to the next one, the last unit to the first one.
template <typename Env, std::memory_order kStore, std::memory_order kLoad>
struct WriteAfterRead {
  SharedArray<Env, int, 4> x{"x"};
  std::array<int, 4> seen{};

  Body<Env> body(UnitOf<Env> unit) {
    const std::size_t me = unit.index();
    if (me == 0) {
      co_await x[0].store(2, std::memory_order_relaxed);
    } else {
      seen[me] = co_await x[me].load(kLoad);
    }
    co_await x[(me + 1) % unit.count()].store(1, kStore);
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 1; i < outcome.units(); ++i) outcome.record(seen[i]);
    outcome.record(x[0].value());
  }
};

template <typename Env>
using Relaxed = WriteAfterRead<Env, std::memory_order_relaxed, std::memory_order_relaxed>;
template <typename Env>
using Ordered = WriteAfterRead<Env, std::memory_order_release, std::memory_order_acquire>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "write_after_read",
    .title = "S: who sees the second write overwrites the first, relaxed",
    .outcomes = {{"0,1", Reach::kSc, "unit 1 reads too early and writes last"},
                 {"0,2", Reach::kSc, "unit 1 is done before unit 0 begins"},
                 {"1,1", Reach::kSc, "unit 0 is done before unit 1 begins"},
                 {"1,2", Reach::kRelaxed,
                  "the later write is overtaken by the earlier one, which x86 never shows"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "write_after_read_release",
    .title = "S with release stores and acquire loads",
    .outcomes = {{"0,1", Reach::kSc, "unit 1 reads too early and writes last"},
                 {"0,2", Reach::kSc, "unit 1 is done before unit 0 begins"},
                 {"1,1", Reach::kSc, "unit 0 is done before unit 1 begins"},
                 {"1,2", Reach::kForbidden, "the first write happens before the other one"}},
});

}  // namespace
}  // namespace assay
