/// The handle by which a body knows its unit, in the controlled environment.
#pragma once

#include <atomic>
#include <cstddef>

#include "models/controlled/body.h"
#include "models/controlled/environment.h"

namespace assay {
namespace controlled {

template <typename Effect>
auto step(const Op& op, Effect effect) {
  return Step<Effect>(op, effect);
}
template <typename Effect>
auto waiting_step(const Op& op, Enabled enabled, void* object, Effect effect) {
  return WaitingStep<Effect>(op, enabled, object, effect);
}

}  // namespace controlled

template <>
class UnitOf<Controlled> {
 public:
  explicit UnitOf(std::size_t index) : index_(index) {}
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] std::size_t count() const { return controlled::Execution::mine().units(); }
  [[nodiscard]] auto yield() const {
    return controlled::step(controlled::Op{}, [](controlled::Execution&) {});
  }
  [[nodiscard]] auto fence(std::memory_order order = std::memory_order_seq_cst) const {
    return controlled::step(make_fence(order),
                            [order](controlled::Execution& execution) { execution.fence(order); });
  }
  /// Only where the scenario declares that units are spawned, and once a unit.
  [[nodiscard]] auto spawn(std::size_t unit) const {
    return controlled::step(make(controlled::OpKind::kSpawn, unit),
                            [unit](controlled::Execution& execution) { execution.spawn(unit); });
  }
  [[nodiscard]] auto join(std::size_t unit) const {
    return controlled::waiting_step(
        make(controlled::OpKind::kJoin, unit), &joinable, nullptr,
        [unit](controlled::Execution& execution) { execution.join(unit); });
  }
  void require(bool condition, const char* text) const {
    if (condition) return;
    const controlled::Unseen unseen;
    controlled::Execution::mine().fail(controlled::FailureKind::kAssertion, text);
  }

 private:
  static bool joinable(const controlled::Execution& execution, std::size_t unit, const void*);
  static controlled::Op make(controlled::OpKind kind, std::size_t unit);
  static controlled::Op make_fence(std::memory_order order);

  std::size_t index_;
};

template <>
struct internal::BodyType<Controlled> {
  using Type = controlled::UnitBody;
};

}  // namespace assay
