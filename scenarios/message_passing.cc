#include "scenarios/scenario.h"

namespace assay {
namespace {

/// MP: unit 0 writes data and then a flag; the others read the flag and then the data.
template <typename Env, std::memory_order kStore, std::memory_order kLoad>
struct MessagePassing {
  Shared<Env, int> data{"data"};
  Shared<Env, int> flag{"flag"};
  std::array<int, 8> seen{};

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 0) {
      co_await data.store(1, std::memory_order_relaxed);
      co_await flag.store(1, kStore);
    } else {
      seen[2 * unit.index()] = co_await flag.load(kLoad);
      seen[2 * unit.index() + 1] = co_await data.load(std::memory_order_relaxed);
    }
  }
  void finish(Outcome& outcome) {
    for (std::size_t i = 2; i < 2 * outcome.units(); ++i) outcome.record(seen[i]);
  }
};

template <typename Env>
using Relaxed = MessagePassing<Env, std::memory_order_relaxed, std::memory_order_relaxed>;
template <typename Env>
using Ordered = MessagePassing<Env, std::memory_order_release, std::memory_order_acquire>;

const ScenarioRegistration kRelaxed = scenario<Relaxed>({
    .name = "message_passing",
    .title = "MP: data and then a flag, relaxed; the flag is read and then the data",
    .outcomes = {{"0,0", Reach::kSc, "the reader comes first"},
                 {"0,1", Reach::kSc, "the data is written between the two reads"},
                 {"1,0", Reach::kRelaxed,
                  "the stores or the loads change places, which x86 never does"},
                 {"1,1", Reach::kSc, "the writer comes first"}},
});

const ScenarioRegistration kOrdered = scenario<Ordered>({
    .name = "message_passing_release",
    .title = "MP: the flag is released and acquired",
    .outcomes = {{"0,0", Reach::kSc, "the reader comes first"},
                 {"0,1", Reach::kSc, "the data is written between the two reads"},
                 {"1,0", Reach::kForbidden, "the release store publishes the data"},
                 {"1,1", Reach::kSc, "the writer comes first"}},
});

}  // namespace
}  // namespace assay
