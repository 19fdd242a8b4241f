#include "scenarios/scenario.h"

namespace assay {
namespace {

/// A ring of two slots in memory that two processes share: unit 0 sends three numbers, unit 1
/// receives them. The defect says that a slot is filled before it fills it.
template <typename Env, bool kFixed>
struct ProducerConsumer {
  static constexpr int kSlots = 2;
  static constexpr int kItems = 3;

  SharedArray<Env, int, kSlots> slot{"slot"};
  Shared<Env, int> sent{"sent"};
  Shared<Env, int> received{"received"};

  Body<Env> body(UnitOf<Env> unit) { return unit.index() == 0 ? produce(unit) : consume(unit); }

  Body<Env> produce(UnitOf<Env> unit) {
    for (int i = 0; i < kItems; ++i) {
      co_await received.until_at_least(unit, i - kSlots + 1, std::memory_order_acquire);
      if constexpr (!kFixed) co_await sent.store(i + 1, std::memory_order_release);
      co_await slot[static_cast<std::size_t>(i % kSlots)].write(10 + i);
      if constexpr (kFixed) co_await sent.store(i + 1, std::memory_order_release);
    }
  }

  Body<Env> consume(UnitOf<Env> unit) {
    for (int i = 0; i < kItems; ++i) {
      co_await sent.until_at_least(unit, i + 1, std::memory_order_acquire);
      const int item = co_await slot[static_cast<std::size_t>(i % kSlots)].read();
      unit.require(item == 10 + i, "what is received is what was sent, in its order");
      co_await received.store(i + 1, std::memory_order_release);
    }
  }
  void finish(Outcome& outcome) { outcome.record(received.value()); }
};

template <typename Env>
using Defect = ProducerConsumer<Env, false>;
template <typename Env>
using Twin = ProducerConsumer<Env, true>;

const ScenarioRegistration kDefect = scenario<Defect>({
    .name = "producer_consumer",
    .title = "a ring between processes that says a slot is filled before it is",
    .most_units = 2,
    .defect = controlled::FailureKind::kDataRace,
    .twin = "producer_consumer_fixed",
    .outcomes = {{"3", Reach::kSc, "all three came, whatever was in them"}},
});

const ScenarioRegistration kTwin = scenario<Twin>({
    .name = "producer_consumer_fixed",
    .title = "a ring between processes that says a slot is filled once it is",
    .most_units = 2,
    .outcomes = {{"3", Reach::kSc, "all three came, as they were sent"}},
});

}  // namespace
}  // namespace assay
