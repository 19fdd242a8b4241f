#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 0 moves 1 from an account to another; the others add up both.
template <typename Env, bool kFixed>
struct BankTransfer {
  Mutex<Env> mutex{"mutex"};
  Shared<Env, int> from{"from", 1};
  Shared<Env, int> to{"to"};

  Body<Env> body(UnitOf<Env> unit) {
    if constexpr (kFixed) co_await mutex.lock(unit);
    if (unit.index() == 0) {
      co_await from.fetch_sub(1);
      co_await to.fetch_add(1);
    } else {
      const int first = co_await from.load();
      const int second = co_await to.load();
      unit.require(first + second == 1, "no money is lost on the way");
    }
    if constexpr (kFixed) co_await mutex.unlock();
  }
  void finish(Outcome& outcome) { outcome.record(from.value() + to.value()); }
};

template <typename Env>
using Defect = BankTransfer<Env, false>;
template <typename Env>
using Twin = BankTransfer<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "bank_transfer",
    .title = "two accounts are added up in the middle of a transfer",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "bank_transfer_fixed",
    .outcomes = {{"1", Reach::kSc,
                  "all units end; the sum that was seen on the way is what may be wrong"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "bank_transfer_fixed",
    .title = "transfers and sums take a lock",
    .outcomes = {{"1", Reach::kSc, "all units end, and both accounts were read under their locks"}},
});

}  // namespace
}  // namespace assay
