#include "scenarios/scenario.h"

namespace assay {
namespace {

/// A value that is made at its first use. The defect looks for it by a plain read outside the lock.
template <typename Env, bool kFixed>
struct DoubleChecked {
  Mutex<Env> mutex{"mutex"};
  Shared<Env, int> ready{"ready"};
  Shared<Env, int> value{"value"};

  Routine<bool> is_ready() {
    if constexpr (kFixed) co_return co_await ready.load(std::memory_order_acquire) != 0;
    co_return co_await ready.read() != 0;
  }
  Routine<> make_ready() {
    co_await value.write(42);
    if constexpr (kFixed) {
      co_await ready.store(1, std::memory_order_release);
    } else {
      co_await ready.write(1);
    }
  }
  Body<Env> body(UnitOf<Env> unit) {
    const bool found = co_await is_ready();
    if (!found) {
      co_await mutex.lock(unit);
      if (!co_await is_ready()) co_await make_ready();
      co_await mutex.unlock();
    }
    unit.require(co_await value.read() == 42, "who sees that it is ready sees the value");
  }
  void finish(Outcome& outcome) { outcome.record(value.value()); }
};

template <typename Env>
using Defect = DoubleChecked<Env, false>;
template <typename Env>
using Twin = DoubleChecked<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "double_checked_locking",
    .title = "a plain look outside the lock that protects what is looked at",
    .defect = controlled::FailureKind::kDataRace,
    .twin = "double_checked_locking_fixed",
    .outcomes = {{"42", Reach::kSc, "the value is made, whoever saw it"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "double_checked_locking_fixed",
    .title = "the look outside the lock is an acquire load, and meets a release store",
    .outcomes = {{"42", Reach::kSc, "the value is made before it is seen"},
                 {"0", Reach::kForbidden, "who finds no value makes it"}},
});

}  // namespace
}  // namespace assay
