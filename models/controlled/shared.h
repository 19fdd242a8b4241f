/// Shared variables of the controlled environment: each operation is a step.
#pragma once

#include <array>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "models/controlled/body.h"
#include "models/controlled/environment.h"
#include "models/controlled/location.h"
#include "models/controlled/unit_of.h"
#include "models/controlled/witness.h"

namespace assay {
namespace controlled {

template <typename T>
concept Sharable = std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t);

/// Integers keep their value, so that a table shows -1 as -1.
template <Sharable T>
std::uint64_t to_raw(T value) {
  if constexpr (std::integral<T>) return static_cast<std::uint64_t>(value);
  std::uint64_t raw = 0;
  std::memcpy(&raw, &value, sizeof value);
  return raw;
}
template <Sharable T>
T from_raw(std::uint64_t raw) {
  if constexpr (std::integral<T>) return static_cast<T>(raw);
  T value;
  std::memcpy(static_cast<void*>(&value), &raw, sizeof value);
  return value;
}

inline bool comparison_holds(const Execution& execution, std::size_t unit, const void* location) {
  const Op& op = execution.announced(unit);
  return holds(op.compare, static_cast<const Location*>(location)->seen_by(execution, unit),
               op.argument);
}

template <typename T, std::size_t N>
std::array<T, N> all_equal(T value) {
  std::array<T, N> values;
  values.fill(value);
  return values;
}

/// The result of a compare-exchange.
template <typename T>
struct Exchanged {
  bool done;
  T old;
};

}  // namespace controlled

template <typename T>
class Shared<Controlled, T> {
  static_assert(controlled::Sharable<T>);
  static_assert(!std::is_pointer_v<T>, "an index instead: addresses differ between processes");
  using Execution = controlled::Execution;
  using Op = controlled::Op;
  using OpKind = controlled::OpKind;
  using Compare = controlled::Compare;

 public:
  explicit Shared(const char* name, T initial = T{}, std::int32_t index = -1)
      : location_(name, index, controlled::to_raw(initial)) {}

  [[nodiscard]] auto read() {
    return step(make(OpKind::kRead, Op::kReadsOnly), [this](Execution& execution) ASSAY_WATCHED {
      controlled::show_read(location_);
      return controlled::from_raw<T>(location_.plain_read(execution));
    });
  }
  [[nodiscard]] auto write(T value) {
    return step(make_store(OpKind::kWrite, std::memory_order_relaxed),
                [this, value](Execution& execution) ASSAY_WATCHED {
                  controlled::show_write(location_);
                  location_.plain_write(execution, controlled::to_raw(value));
                });
  }
  [[nodiscard]] auto load(std::memory_order order = std::memory_order_seq_cst) {
    return step(make(OpKind::kLoad, Op::kReadsOnly, order),
                [this, order](Execution& execution)
                    ASSAY_WATCHED { return load_now(execution, order); });
  }
  [[nodiscard]] auto store(T value, std::memory_order order = std::memory_order_seq_cst) {
    return step(make_store(OpKind::kStore, order),
                [this, value, order](Execution& execution) ASSAY_WATCHED {
                  controlled::show_store(
                      location_, held_back(execution, order) ? std::memory_order_relaxed : order);
                  location_.store(execution, controlled::to_raw(value), order);
                });
  }
  /// Returns the old value, as the next ones.
  [[nodiscard]] auto exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(order, [value](T) { return value; });
  }
  [[nodiscard]] auto fetch_add(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(order, [value](T old) { return static_cast<T>(old + value); });
  }
  [[nodiscard]] auto fetch_sub(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(order, [value](T old) { return static_cast<T>(old - value); });
  }
  /// Never fails spuriously. Result: `done`, and the `old` value.
  [[nodiscard]] auto compare_exchange(T expected, T desired,
                                      std::memory_order order = std::memory_order_seq_cst) {
    return step(make(OpKind::kUpdate, Op::kDrains, order),
                [this, expected, desired, order](Execution& execution)
                    ASSAY_WATCHED { return exchange_if(execution, expected, desired, order); });
  }
  [[nodiscard]] auto compare_exchange_when_equal(
      UnitOf<Controlled>, T expected, T desired,
      std::memory_order order = std::memory_order_seq_cst) {
    Op op = make(OpKind::kAwaitSwap, Op::kDrains, order);
    op.compare = Compare::kEqual;
    op.argument = controlled::to_raw(expected);
    return waiting(op, [this, expected, desired, order](Execution& execution) ASSAY_WATCHED {
      return exchange_if(execution, expected, desired, order).old;
    });
  }
  /// Returns the value that ended the wait.
  [[nodiscard]] auto until_equal(UnitOf<Controlled>, T value,
                                 std::memory_order order = std::memory_order_seq_cst) {
    return until(Compare::kEqual, value, order);
  }
  [[nodiscard]] auto until_not_equal(UnitOf<Controlled>, T value,
                                     std::memory_order order = std::memory_order_seq_cst) {
    return until(Compare::kNotEqual, value, order);
  }
  [[nodiscard]] auto until_at_least(UnitOf<Controlled>, T value,
                                    std::memory_order order = std::memory_order_seq_cst) {
    return until(Compare::kAtLeast, value, order);
  }

  [[nodiscard]] T value() const { return controlled::from_raw<T>(location_.value()); }

 private:
  Op make(OpKind kind, std::uint8_t flags,
          std::memory_order order = std::memory_order_relaxed) const {
    Op op;
    op.kind = kind;
    op.order = order;
    op.flags = flags;
    op.object = location_.id();
    return op;
  }
  Op make_store(OpKind kind, std::memory_order order) const {
    const Execution& execution = Execution::mine();
    if (!execution.tso()) [[likely]]
      return make(kind, 0, order);
    const controlled::Unseen unseen;
    if (order == std::memory_order_seq_cst) return make(kind, Op::kDrains, order);
    Op op = make(kind, Op::kBuffered, order);
    op.index = execution.next_store();
    return op;
  }
  template <typename Effect>
  static auto step(const Op& op, Effect effect) {
    return controlled::Step<Effect>(op, effect);
  }
  template <typename Effect>
  auto waiting(const Op& op, Effect effect) {
    return controlled::WaitingStep<Effect>(op, &controlled::comparison_holds, &location_, effect);
  }
  template <typename Change>
  auto update(std::memory_order order, Change change) {
    return step(make(OpKind::kUpdate, Op::kDrains, order), [this, order, change](
                                                               Execution& execution) ASSAY_WATCHED {
      controlled::show_update(location_, order);
      return controlled::from_raw<T>(location_.update(execution, order, [&](std::uint64_t old) {
        return controlled::to_raw(change(controlled::from_raw<T>(old)));
      }));
    });
  }
  auto until(Compare compare, T value, std::memory_order order) {
    Op op = make(OpKind::kAwait, Op::kReadsOnly, order);
    op.compare = compare;
    op.argument = controlled::to_raw(value);
    return waiting(op, [this, order](Execution& execution)
                           ASSAY_WATCHED { return load_now(execution, order); });
  }
  /// Whether a store with this order waits in the unit's buffer.
  static bool held_back(const Execution& execution, std::memory_order order) {
    return execution.tso() && order != std::memory_order_seq_cst;
  }
  ASSAY_WATCHED T load_now(Execution& execution, std::memory_order order) {
    controlled::show_load(
        location_, order,
        execution.tso() && execution.buffered(execution.current(), &location_) != nullptr);
    return controlled::from_raw<T>(location_.load(execution, order));
  }
  ASSAY_WATCHED controlled::Exchanged<T> exchange_if(Execution& execution, T expected, T desired,
                                                     std::memory_order order) {
    if (location_.value() != controlled::to_raw(expected)) {
      execution.note_failed_try();
      return {false, load_now(execution, order)};
    }
    controlled::show_update(location_, order);
    location_.update(execution, order, [&](std::uint64_t) { return controlled::to_raw(desired); });
    return {true, expected};
  }

  controlled::Location location_;
};

template <typename T, std::size_t N>
class SharedArray<Controlled, T, N> {
 public:
  explicit SharedArray(const char* name, T initial = T{})
      : SharedArray(name, controlled::all_equal<T, N>(initial)) {}
  SharedArray(const char* name, const std::array<T, N>& initial)
      : SharedArray(name, initial, std::make_index_sequence<N>()) {}
  Shared<Controlled, T>& operator[](std::size_t index) { return elements_.at(index); }
  const Shared<Controlled, T>& operator[](std::size_t index) const { return elements_.at(index); }

 private:
  template <std::size_t... kIndices>
  SharedArray(const char* name, const std::array<T, N>& initial, std::index_sequence<kIndices...>)
      : elements_{Shared<Controlled, T>(name, initial[kIndices],
                                        static_cast<std::int32_t>(kIndices))...} {}

  std::array<Shared<Controlled, T>, N> elements_;
};

}  // namespace assay
