#include "scenarios/scenario.h"

namespace assay {
namespace {

/// An object that is made by who needs it first. The defect lets every unit make it that finds
/// none; the twin lets one make it and the others wait, as std::call_once does.
template <typename Env, bool kFixed>
struct LazyInitialization {
  static constexpr int kNone = 0;
  static constexpr int kUnderWay = 1;
  static constexpr int kReady = 2;

  Shared<Env, int> state{"state"};
  Shared<Env, int> made{"made"};
  Shared<Env, int> object{"object"};

  Body<Env> body(UnitOf<Env> unit) {
    if constexpr (kFixed) {
      const auto exchanged =
          co_await state.compare_exchange(kNone, kUnderWay, std::memory_order_acquire);
      if (exchanged.done) co_await make();
      co_await state.until_equal(unit, kReady, std::memory_order_acquire);
    } else {
      const int found = co_await state.load(std::memory_order_acquire);
      if (found == kNone) co_await make();
    }
    unit.require(co_await object.read() == 42, "what is used is made");
  }

  Routine<> make() {
    co_await made.fetch_add(1, std::memory_order_relaxed);
    co_await object.write(42);
    co_await state.store(kReady, std::memory_order_release);
  }
  void finish(Outcome& outcome) {
    outcome.record(made.value());
    outcome.require(made.value() == 1, "it is made once");
  }
};

template <typename Env>
using Defect = LazyInitialization<Env, false>;
template <typename Env>
using Twin = LazyInitialization<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "lazy_initialization",
    .title = "everyone who finds no object makes one",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "lazy_initialization_fixed",
    .outcomes = {{"1", Reach::kSc, "the second unit finds what the first one made"},
                 {"2", Reach::kSc, "both find nothing, and both make it"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "lazy_initialization_fixed",
    .title = "who claims it makes the object, and the others wait",
    .outcomes = {{"1", Reach::kSc, "one claims it, the others wait"},
                 {"2", Reach::kForbidden, "the claim is one operation"}},
});

}  // namespace
}  // namespace assay
