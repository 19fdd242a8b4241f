#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 0 changes two numbers between two steps of a sequence number; the others read them, once,
/// and take them if the sequence did not change. An odd one says that a change is under way: the
/// defect does not look.
template <typename Env, bool kFixed>
struct Seqlock {
  Shared<Env, int> sequence{"sequence"};
  Shared<Env, int> first{"first"};
  Shared<Env, int> second{"second"};

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 0) {
      co_await sequence.store(1);
      co_await first.store(1);
      co_await second.store(1);
      co_await sequence.store(2);
    } else {
      const int before = co_await sequence.load();
      const int one = co_await first.load();
      const int two = co_await second.load();
      const int after = co_await sequence.load();
      const bool takes = before == after && (!kFixed || before % 2 == 0);
      if (takes) unit.require(one == two, "both numbers are of one change");
    }
  }
  void finish(Outcome& outcome) { outcome.record(sequence.value()); }
};

template <typename Env>
using Defect = Seqlock<Env, false>;
template <typename Env>
using Twin = Seqlock<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "seqlock",
    .title = "a reader takes what it read while a change was under way",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "seqlock_fixed",
    .outcomes = {{"2", Reach::kSc, "the change is done"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "seqlock_fixed",
    .title = "a reader takes nothing while the sequence is odd",
    .outcomes = {{"2", Reach::kSc, "the change is done"}},
});

}  // namespace
}  // namespace assay
