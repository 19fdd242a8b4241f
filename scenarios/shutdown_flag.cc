#include "scenarios/scenario.h"

namespace assay {
namespace {

/// The others use a resource until they see a flag, at most twice. Unit 0 raises the flag and takes
/// the resource away. The defect does not wait for those who looked at the flag before: a flag says
/// "stop", not "all have stopped".
template <typename Env, bool kFixed>
struct ShutdownFlag {
  Shared<Env, int> stop{"stop"};
  Shared<Env, int> stopped{"stopped"};
  Shared<Env, int> resource{"resource", 1};
  std::array<int, 8> uses{};  ///< One a unit.

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 0) {
      co_await stop.store(1, std::memory_order_release);
      if constexpr (kFixed) {
        const auto others = static_cast<int>(unit.count()) - 1;
        co_await stopped.until_equal(unit, others, std::memory_order_acquire);
      }
      co_await resource.write(0);
      co_return;
    }
    for (int use = 0; use < 2; ++use) {
      if (co_await stop.load(std::memory_order_acquire) != 0) break;
      unit.require(co_await resource.read() == 1, "what is used is there");
      ++uses.at(unit.index());
    }
    co_await stopped.fetch_add(1, std::memory_order_acq_rel);
  }
  void finish(Outcome& outcome) {
    outcome.record(stopped.value());
    outcome.sometimes(uses[1] == 0, "a user is stopped before its first use");
    outcome.sometimes(uses[1] == 1, "a user is stopped between its uses");
    outcome.sometimes(uses[1] == 2, "a user is not stopped at all");
  }
};

template <typename Env>
using Defect = ShutdownFlag<Env, false>;
template <typename Env>
using Twin = ShutdownFlag<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "shutdown_flag",
    .title = "a resource is taken away once a flag says that its users should stop",
    .defect = controlled::FailureKind::kDataRace,
    .twin = "shutdown_flag_fixed",
    .outcomes = {{"1", Reach::kSc, "the user has stopped, in time or not"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "shutdown_flag_fixed",
    .title = "a resource is taken away once its users say that they have stopped",
    .outcomes = {{"1", Reach::kSc, "the user had stopped when the resource was taken away"}},
});

}  // namespace
}  // namespace assay
