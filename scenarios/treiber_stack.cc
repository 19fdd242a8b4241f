#include "scenarios/scenario.h"

namespace assay {
namespace {

/// A stack of two nodes: 1 on top of 2. Unit 0 pops one; unit 1 pops both and pushes the first one
/// again. The defect compares the top alone: it may be the same node with another one below (ABA).
/// The twin counts the changes of the top, in its upper digits.
template <typename Env, bool kFixed>
struct TreiberStack {
  static constexpr int kCount = 100;  ///< The top is 100 times the count, plus the node.

  Shared<Env, int> top{"top", 1};
  Shared<Env, int> below_1{"below_1", 2};
  Shared<Env, int> below_2{"below_2"};
  SharedArray<Env, int, 3> owners{"owners"};

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 0) {
      co_await pop(unit);
    } else {
      const int first = co_await pop(unit);
      co_await pop(unit);
      if (first != 0) co_await push(first);
    }
  }

  Shared<Env, int>& below(int node) { return node == 1 ? below_1 : below_2; }
  static int changed(int top, int node) {
    return kFixed ? (top / kCount + 1) * kCount + node : node;
  }

  /// The node, or 0 when there is none.
  Routine<int> pop(UnitOf<Env> unit) {
    int seen = co_await top.load();
    while (seen % kCount != 0) {
      const int node = seen % kCount;
      const int lower = co_await below(node).load();
      const auto exchanged = co_await top.compare_exchange(seen, changed(seen, lower));
      if (exchanged.done) {
        unit.require(co_await owners[node].fetch_add(1) == 0, "a node has one owner");
        co_return node;
      }
      seen = exchanged.old;
    }
    co_return 0;
  }

  Routine<> push(int node) {
    co_await owners[node].fetch_sub(1);
    int seen = co_await top.load();
    for (;;) {
      co_await below(node).store(seen % kCount);
      const auto exchanged = co_await top.compare_exchange(seen, changed(seen, node));
      if (exchanged.done) co_return;
      seen = exchanged.old;
    }
  }
  void finish(Outcome& outcome) {
    const int node = top.value() % kCount;
    outcome.record(node);
    outcome.require(node == 0 || owners[node].value() == 0, "a node on the stack has no owner");
  }
};

template <typename Env>
using Defect = TreiberStack<Env, false>;
template <typename Env>
using Twin = TreiberStack<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "treiber_stack",
    .title = "ABA: the top of a stack is compared by its node alone",
    .most_units = 2,
    .defect = controlled::FailureKind::kAssertion,
    .twin = "treiber_stack_fixed",
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "treiber_stack_fixed",
    .title = "the top of a stack is compared by its node and a count of changes",
    .most_units = 2,
});

}  // namespace
}  // namespace assay
