/// Value: a synchronization object whose whole state is a number, and whose operations are atomic
/// updates of it, some of which wait until it compares as they want. Semaphores, barriers,
/// read-write locks and once flags are such. Each operation acquires and releases.
#pragma once

#include <cstdint>

#include "models/controlled/unmodified/program.h"

namespace assay::unmodified {

class Value {
 public:
  using Number = std::int64_t;

  /// `initial` is what it is in every execution before it is set, by who comes first.
  explicit Value(Address address, Number initial = 0)
      : program_(*Program::mine()),
        object_(program_.object(Object::Kind::kValue, address, initial)) {}

  /// Returns the old value.
  template <typename Change>
  Number update(Change change) {
    const Number old = program_.step(
        make(OpKind::kUpdate), [&](Execution& execution) { return apply(execution, change); });
    program_.changed();
    return old;
  }
  template <typename Change>
  Number update_when(controlled::Compare compare, Number argument, Change change) {
    Op op = make(OpKind::kAwaitSwap);
    op.compare = compare;
    op.argument = static_cast<std::uint64_t>(argument);
    const Number old =
        program_.waiting_step(op, &holds_now, &*object_.value,
                              [&](Execution& execution) { return apply(execution, change); });
    program_.changed();
    return old;
  }

 private:
  [[nodiscard]] Op make(OpKind kind) const {
    Op op;
    op.kind = kind;
    op.order = std::memory_order_acq_rel;
    op.flags = Op::kDrains;
    op.object = object_.value->id();
    return op;
  }
  template <typename Change>
  Number apply(Execution& execution, Change change) {
    return static_cast<Number>(
        object_.value->update(execution, std::memory_order_acq_rel, [&](std::uint64_t old) {
          return static_cast<std::uint64_t>(Number{change(static_cast<Number>(old))});
        }));
  }
  static bool holds_now(const Execution& execution, std::size_t unit, const void* value) {
    const Op& op = execution.announced(unit);
    return controlled::holds(op.compare, static_cast<const Location*>(value)->value(), op.argument);
  }

  Program& program_;
  Object& object_;
};

}  // namespace assay::unmodified
