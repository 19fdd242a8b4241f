#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 0 fills a node and then lets the others see it.
template <typename Env, bool kFixed>
struct Publication {
  Shared<Env, int> node{"node"};
  Shared<Env, int> published{"published"};

  Body<Env> body(UnitOf<Env> unit) {
    constexpr auto kStore = kFixed ? std::memory_order_release : std::memory_order_relaxed;
    constexpr auto kLoad = kFixed ? std::memory_order_acquire : std::memory_order_relaxed;
    if (unit.index() == 0) {
      co_await node.write(42);
      co_await published.store(1, kStore);
    } else if (co_await published.load(kLoad) != 0) {
      unit.require(co_await node.read() == 42, "a published node is filled");
    }
  }
  void finish(Outcome& outcome) { outcome.record(published.value()); }
};

template <typename Env>
using Defect = Publication<Env, false>;
template <typename Env>
using Twin = Publication<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "unsafe_publication",
    .title = "a node is published by a relaxed store",
    .defect = controlled::FailureKind::kDataRace,
    .twin = "unsafe_publication_fixed",
    .outcomes = {{"1", Reach::kSc, "the node is published"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "unsafe_publication_fixed",
    .title = "a node is published by a release store and found by an acquire load",
    .outcomes = {{"1", Reach::kSc, "the node is published after it was made"}},
});

}  // namespace
}  // namespace assay
