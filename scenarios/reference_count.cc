#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Each unit gives up its reference; the last one frees the object.
template <typename Env, bool kFixed>
struct ReferenceCount {
  Shared<Env, int> references{"references"};
  Shared<Env, int> freed{"freed"};

  explicit ReferenceCount(std::size_t units) : references("references", static_cast<int>(units)) {}

  Body<Env> body(UnitOf<Env> unit) {
    bool last = false;
    if constexpr (kFixed) {
      last = co_await references.fetch_sub(1, std::memory_order_acq_rel) == 1;
    } else {
      co_await references.fetch_sub(1, std::memory_order_acq_rel);
      last = co_await references.load(std::memory_order_acquire) == 0;
    }
    if (last) unit.require(co_await freed.fetch_add(1) == 0, "an object is freed once");
  }
  void finish(Outcome& outcome) {
    outcome.record(freed.value());
    outcome.require(freed.value() == 1, "an object is freed once");
  }
};

template <typename Env>
using Defect = ReferenceCount<Env, false>;
template <typename Env>
using Twin = ReferenceCount<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "reference_count",
    .title = "a count goes down, and is then looked at",
    .defect = controlled::FailureKind::kAssertion,
    .twin = "reference_count_fixed",
    .outcomes = {{"1", Reach::kSc, "the last one frees the object"},
                 {"2", Reach::kSc, "both see that no reference is left"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "reference_count_fixed",
    .title = "who takes the count to 0 knows it from the operation itself",
    .outcomes = {{"1", Reach::kSc, "the last one frees the object"},
                 {"2", Reach::kForbidden, "one of them takes the count to zero"}},
});

}  // namespace
}  // namespace assay
