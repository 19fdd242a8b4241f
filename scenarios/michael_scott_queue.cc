#include "scenarios/michael_scott_queue.h"

#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Each unit puts one node into the queue and then takes one out, so there is one to take.
template <typename Env, bool kFixed>
struct PutAndTake {
  MichaelScottQueue<Env, controlled::kMaxUnits, kFixed> queue;
  std::array<int, controlled::kMaxUnits> taken{};

  Body<Env> body(UnitOf<Env> unit) {
    co_await queue.enqueue(static_cast<int>(unit.index()) + 1);
    taken[unit.index()] = co_await queue.dequeue();
    unit.require(taken[unit.index()] != 0, "what was put is there");
  }
  void finish(Outcome& outcome) {
    int sum = 0;
    for (std::size_t i = 0; i < outcome.units(); ++i) sum += taken[i];
    outcome.record(sum);
    const auto units = static_cast<int>(outcome.units());
    outcome.require(sum == units * (units + 1) / 2, "each node is taken once");
  }
};

template <typename Env>
using Defect = PutAndTake<Env, false>;
template <typename Env>
using Twin = PutAndTake<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "michael_scott_queue",
    .title = "a queue whose last node is looked at and then linked by a store",
    .most_units = 3,
    .defect = controlled::FailureKind::kAssertion,
    .twin = "michael_scott_queue_fixed",
    .outcomes = {{"1", Reach::kSc, "the link to node 2 was overwritten: only node 1 is taken"},
                 {"2", Reach::kSc, "the link to node 1 was overwritten: only node 2 is taken"},
                 {"3", Reach::kSc, "both nodes are taken"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "michael_scott_queue_fixed",
    .title = "a queue whose last node is linked by a compare-exchange",
    .most_units = 3,
    .outcomes = {{"3", Reach::kSc, "both nodes are taken"},
                 {"1", Reach::kForbidden, "a link is not overwritten"},
                 {"2", Reach::kForbidden, "a link is not overwritten"}},
});

}  // namespace
}  // namespace assay
