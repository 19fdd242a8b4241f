#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 0 replaces node 0 by node 1 and frees node 0 unless a reader has announced it. The others
/// read the current node, which they announce before. The defect does not look whether the node is
/// still current after it was announced: it may have been freed in between.
template <typename Env, bool kFixed>
struct HazardPointer {
  Shared<Env, int> current{"current"};
  SharedArray<Env, int, 2> freed{"freed"};
  SharedArray<Env, int, controlled::kMaxUnits> hazard{"hazard", -1};
  bool reclaimed = false;

  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 0) return replace(unit);
    return read(unit);
  }

  Body<Env> replace(UnitOf<Env> unit) {
    const int old = co_await current.exchange(1);
    for (std::size_t reader = 1; reader < unit.count(); ++reader) {
      if (co_await hazard[reader].load() == old)
        co_return;  // It stays for ever: that is no defect.
    }
    reclaimed = true;
    co_await freed[static_cast<std::size_t>(old)].write(1);
  }

  Body<Env> read(UnitOf<Env> unit) {
    Shared<Env, int>& mine = hazard[unit.index()];
    int node = co_await current.load();
    co_await mine.store(node);
    if constexpr (kFixed) {
      for (int again = co_await current.load(); again != node; again = co_await current.load()) {
        node = again;
        co_await mine.store(node);
      }
    }
    const bool dead = co_await freed[static_cast<std::size_t>(node)].read() != 0;
    unit.require(!dead, "a node that is read was not freed");
    co_await mine.store(-1);
  }
  void finish(Outcome& outcome) { outcome.record(reclaimed ? 1 : 0); }
};

template <typename Env>
using Defect = HazardPointer<Env, false>;
template <typename Env>
using Twin = HazardPointer<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "hazard_pointer",
    .title = "a node is announced, and read without a look whether it is still current",
    .most_units = 3,
    .defect = controlled::FailureKind::kDataRace,
    .twin = "hazard_pointer_fixed",
    .outcomes = {{"0", Reach::kSc, "the reader announced the node in time, and it is kept"},
                 {"1", Reach::kSc, "nobody had announced the node, and it is freed"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "hazard_pointer_fixed",
    .title = "a node is announced, and read if it is still current then",
    .most_units = 3,
    .outcomes = {{"0", Reach::kSc, "the reader announced the node in time, and it is kept"},
                 {"1", Reach::kSc, "nobody had announced the node, and it is freed"}},
});

}  // namespace
}  // namespace assay
