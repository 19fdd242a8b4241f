#include "scenarios/treiber_stack.h"

#include "scenarios/scenario.h"

namespace assay {
namespace {

/// A stack of two nodes: 1 on top of 2. Unit 0 pops one; unit 1 pops both and pushes the first one
/// again.
template <typename Env, bool kFixed>
struct TwoNodes {
  TreiberStack<Env, 2, kFixed> stack{2};
  SharedArray<Env, int, 3> owners{"owners"};

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 0) {
      co_await pop(unit);
    } else {
      const int first = co_await pop(unit);
      co_await pop(unit);
      if (first == 0) co_return;
      co_await owners[first].fetch_sub(1);
      co_await stack.push(first);
    }
  }

  Routine<int> pop(UnitOf<Env> unit) {
    const int node = co_await stack.pop();
    if (node != 0) unit.require(co_await owners[node].fetch_add(1) == 0, "a node has one owner");
    co_return node;
  }
  void finish(Outcome& outcome) {
    const int node = stack.top();
    outcome.record(node);
    outcome.require(node == 0 || owners[node].value() == 0, "a node on the stack has no owner");
  }
};

template <typename Env>
using Defect = TwoNodes<Env, false>;
template <typename Env>
using Twin = TwoNodes<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "treiber_stack",
    .title = "ABA: the top of a stack is compared by its node alone",
    .most_units = 2,
    .defect = controlled::FailureKind::kAssertion,
    .twin = "treiber_stack_fixed",
    .outcomes = {{"0", Reach::kSc, "all nodes are taken"},
                 {"1", Reach::kSc, "node 1 is on the stack"},
                 {"2", Reach::kSc, "node 2 is on the stack"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "treiber_stack_fixed",
    .title = "the top of a stack is compared by its node and a count of changes",
    .most_units = 2,
    .outcomes = {{"0", Reach::kSc, "all nodes are taken"},
                 {"1", Reach::kSc, "node 1 is on the stack"},
                 {"2", Reach::kSc, "node 2 is on the stack"}},
});

}  // namespace
}  // namespace assay
