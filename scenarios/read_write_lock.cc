#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 0 writes, the others read. The lock counts its readers, and is -1 for a writer. The defect
/// sees that no writer is in and then counts itself, which are two operations.
template <typename Env, bool kFixed>
struct ReadWriteLock {
  Shared<Env, int> lock{"lock"};
  Shared<Env, int> first{"first"};
  Shared<Env, int> second{"second"};

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 0) {
      co_await lock.compare_exchange_when_equal(unit, 0, -1, std::memory_order_acquire);
      co_await first.write(1);
      co_await second.write(1);
      co_await lock.fetch_add(1, std::memory_order_release);
    } else {
      co_await enter(unit);
      const int one = co_await first.read();
      unit.require(one == co_await second.read(), "a reader sees all of a change or nothing");
      co_await lock.fetch_sub(1, std::memory_order_release);
    }
  }

  Routine<> enter(UnitOf<Env> unit) {
    int readers = co_await lock.until_at_least(unit, 0, std::memory_order_relaxed);
    if constexpr (kFixed) {
      for (;;) {
        const auto exchanged =
            co_await lock.compare_exchange(readers, readers + 1, std::memory_order_acquire);
        if (exchanged.done) co_return;
        readers = co_await lock.until_at_least(unit, 0, std::memory_order_relaxed);
      }
    } else {
      co_await lock.fetch_add(1, std::memory_order_acquire);
    }
  }
  void finish(Outcome& outcome) {
    outcome.record(lock.value());
    outcome.require(lock.value() == 0, "nobody is in");
  }
};

template <typename Env>
using Defect = ReadWriteLock<Env, false>;
template <typename Env>
using Twin = ReadWriteLock<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "read_write_lock",
    .title = "a reader that looks for a writer and then enters",
    .most_units = 3,
    .defect = controlled::FailureKind::kDataRace,
    .twin = "read_write_lock_fixed",
    .outcomes = {{"0", Reach::kSc, "all have left"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "read_write_lock_fixed",
    .title = "a reader that enters by a compare-exchange of what it saw",
    .most_units = 3,
    .outcomes = {{"0", Reach::kSc, "all have left"},
                 {"-1", Reach::kForbidden, "the writer leaves before it ends"}},
});

}  // namespace
}  // namespace assay
