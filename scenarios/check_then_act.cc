#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Each unit takes 1 from an account that has 1, if it is there. The defect looks first and takes
/// later.
template <typename Env, bool kFixed>
struct CheckThenAct {
  Shared<Env, int> balance{"balance", 1};

  Body<Env> body(UnitOf<Env>) {
    int seen = co_await balance.load();
    if constexpr (kFixed) {
      while (seen > 0) {
        const auto exchanged = co_await balance.compare_exchange(seen, seen - 1);
        if (exchanged.done) break;
        seen = exchanged.old;
      }
    } else if (seen > 0) {
      co_await balance.fetch_sub(1);
    }
  }
  void finish(Outcome& outcome) {
    outcome.record(balance.value());
    outcome.require(balance.value() == 0, "nobody takes what is not there");
  }
};

template <typename Env>
using Defect = CheckThenAct<Env, false>;
template <typename Env>
using Twin = CheckThenAct<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "check_then_act",
    .title = "a unit looks whether there is enough, and then takes it",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "check_then_act_fixed",
    .outcomes = {{"-1", Reach::kSc, "both look before either takes"},
                 {"0", Reach::kSc, "the second one finds that nothing is left"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "check_then_act_fixed",
    .title = "a unit takes only what it still finds as it looked",
    .outcomes = {{"0", Reach::kSc, "the second one finds that nothing is left"},
                 {"-1", Reach::kForbidden, "the look and the taking are one operation"}},
});

}  // namespace
}  // namespace assay
