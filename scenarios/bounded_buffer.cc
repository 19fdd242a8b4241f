#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 0 puts one item for each of the others into a buffer with room for one; they take one each.
/// A unit that was woken may find that another was quicker: `if` is not enough, `while` is.
template <typename Env, bool kFixed>
struct BoundedBuffer {
  Mutex<Env> mutex{"mutex"};
  ConditionVariable<Env> not_full{"not_full"};
  ConditionVariable<Env> not_empty{"not_empty"};
  Shared<Env, int> items{"items"};

  Body<Env> body(UnitOf<Env> unit) {
    const bool produces = unit.index() == 0;
    const std::size_t times = produces ? unit.count() - 1 : 1;
    for (std::size_t i = 0; i < times; ++i) co_await move_one(unit, produces);
  }

  Routine<> move_one(UnitOf<Env> unit, bool in) {
    const int unfit = in ? 1 : 0;
    ConditionVariable<Env>& fit = in ? not_full : not_empty;
    co_await mutex.lock(unit);
    if constexpr (kFixed) {
      while (co_await items.read() == unfit) co_await fit.wait(unit, mutex);
    } else {
      if (co_await items.read() == unfit) co_await fit.wait(unit, mutex);
    }
    const int before = co_await items.read();
    unit.require(before != unfit, "nobody takes from an empty buffer or puts into a full one");
    co_await items.write(in ? before + 1 : before - 1);
    co_await (in ? not_empty : not_full).notify_one();
    co_await mutex.unlock();
  }
  void finish(Outcome& outcome) {
    outcome.record(items.value());
    outcome.require(items.value() == 0, "what was put was taken");
  }
};

template <typename Env>
using Defect = BoundedBuffer<Env, false>;
template <typename Env>
using Twin = BoundedBuffer<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "bounded_buffer_if",
    .title = "who was woken does not look again",
    .units = 3,
    .defect = controlled::FailureKind::kAssertion,
    .twin = "bounded_buffer_if_fixed",
    .outcomes = {{"0", Reach::kSc, "what was put was taken, as long as nobody is overtaken"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "bounded_buffer_if_fixed",
    .title = "who was woken looks again",
    .units = 3,
    .outcomes = {{"0", Reach::kSc, "what was put was taken"},
                 {"1", Reach::kForbidden, "as many are taken as are put"}},
});

}  // namespace
}  // namespace assay
