#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 0 makes a result that unit 1 reads, and both count a line of a log under its lock. Where
/// unit 0 logs first, the lock of the log happens to order the two in the defect, too.
template <typename Env, bool kFixed>
struct AccidentalLock {
  Shared<Env, int> result{"result"};
  Shared<Env, int> log_lines{"log_lines"};
  Mutex<Env> log{"log"};

  Body<Env> body(UnitOf<Env> unit) {
    const bool makes = unit.index() == 0;
    if (makes && !kFixed) co_await result.write(42);
    co_await log.lock(unit);
    co_await log_lines.write(co_await log_lines.read() + 1);
    if constexpr (kFixed) {
      if (makes) {
        co_await result.write(42);
      } else {
        co_await result.read();
      }
    }
    co_await log.unlock();
    if (!makes && !kFixed) co_await result.read();
  }
  void finish(Outcome& outcome) { outcome.record(log_lines.value()); }
};

template <typename Env>
using Defect = AccidentalLock<Env, false>;
template <typename Env>
using Twin = AccidentalLock<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "accidental_lock",
    .title = "two units share a result, and only the lock of their log sometimes orders them",
    .most_units = 2,
    .defect = controlled::FailureKind::kDataRace,
    .twin = "accidental_lock_fixed",
    .outcomes = {{"2", Reach::kSc, "each unit counts its line under the lock of the log"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "accidental_lock_fixed",
    .title = "two units share a result under the lock that is meant for it",
    .most_units = 2,
    .outcomes = {{"2", Reach::kSc, "each unit counts its line under the lock"}},
});

}  // namespace
}  // namespace assay
