/// Location: the value of one shared variable and what a race detector has to know of it.
///
/// Accesses are remembered as epochs, the unit's number of its step, instead of whole clocks
/// (C. Flanagan, S. Freund, "FastTrack", PLDI 2009): of plain writes the last, of everything else
/// the last of each unit. Two accesses race when they conflict, are not both atomic, and neither
/// happens before the other (C++20 [intro.races]/21); on an unordered pair the later one is caught.
/// The clock that an atomic store publishes follows C++20 release sequences: a store starts a new
/// one, a read-modify-write goes on with it ([intro.races]/5).
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "models/controlled/execution.h"

namespace assay::controlled {

inline bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst || order == std::memory_order_consume;
}
inline bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

class Location {
 public:
  Location(const char* name, std::int32_t index, std::uint64_t value)
      : value_(value), id_(Execution::mine().add_object({name, index, value, 0, &value_})) {}
  /// One of several parts of an object.
  explicit Location(std::uint16_t id) : value_(0), id_(id) {}
  /// A part that has the same past: of an object that is cut in two.
  [[nodiscard]] Location copy() const { return *this; }
  Location(Location&&) = default;
  Location& operator=(const Location&) = delete;

  [[nodiscard]] std::uint16_t id() const { return id_; }
  /// What memory holds, without a step.
  [[nodiscard]] std::uint64_t value() const { return value_; }
  [[nodiscard]] std::uint64_t* memory() { return &value_; }
  /// What the unit would read now.
  [[nodiscard]] std::uint64_t seen_by(const Execution& execution, std::size_t unit) const {
    if (execution.tso()) {
      if (const std::uint64_t* own = execution.buffered(unit, this)) return *own;
    }
    return value_;
  }

  // Steps of the current unit.
  std::uint64_t plain_read(Execution& execution) {
    const std::size_t unit = execution.current();
    if (execution.detects_races()) {
      check_writes(execution, unit, false);
      if (written_atomically_ != 0) [[unlikely]]
        check(execution, unit, false, written_atomically_, atomic_writes_, true);
      plain_reads_[unit] = execution.clock(unit).of(unit);
      read_ |= bit(unit);
    }
    const std::uint64_t value = seen_by(execution, unit);
    execution.note_read(value);
    return value;
  }

  void plain_write(Execution& execution, std::uint64_t value) {
    note_plain_write(execution);
    put(execution, value, nullptr);
  }
  /// The part of it that a race detector has to know; the store itself is somebody else's.
  void note_plain_write(Execution& execution) {
    const std::size_t unit = execution.current();
    if (execution.detects_races()) {
      check_writes(execution, unit, true);
      if ((read_ & ~bit(unit)) != 0) check(execution, unit, true, read_, plain_reads_, false);
      if ((written_atomically_ | read_atomically_) != 0) [[unlikely]] {
        check(execution, unit, true, written_atomically_, atomic_writes_, true);
        check(execution, unit, true, read_atomically_, atomic_reads_, false);
      }
      write_step_ = execution.clock(unit).of(unit);
      write_unit_ = static_cast<Proc>(unit);
      // Reads that happened before this write are covered by it.
      read_ = 0;
    }
  }

  std::uint64_t load(Execution& execution, std::memory_order order);
  void store(Execution& execution, std::uint64_t value, std::memory_order order);
  // The parts of them that a race detector has to know, as above. A load of what is in the unit's
  // own buffer (`own`) acquires nothing.
  void note_load(Execution& execution, std::memory_order order, bool own);
  void note_store(Execution& execution);
  /// Reads and writes at once: `change` is given the old value and returns the new one.
  template <typename Change>
  std::uint64_t update(Execution& execution, std::memory_order order, Change&& change) {
    const std::uint64_t old = load(execution, order);
    const std::uint64_t value = change(old);
    publish_update(execution, order);
    value_ = value;
    execution.note_write(value);
    execution.state_changed();
    return old;
  }
  /// A buffered store reaches memory.
  void commit(Execution& execution, std::uint64_t value, const Clock* publishes);

 private:
  using Steps = std::array<std::uint32_t, kMaxUnits>;

  Location(const Location&) = default;

  void check_writes(Execution& execution, std::size_t unit, bool writes) {
    if (write_step_ > execution.clock(unit).of(write_unit_))
      report(execution, unit, writes, write_unit_, write_step_, true);
  }
  void check(Execution& execution, std::size_t unit, bool writes, std::uint64_t units,
             const Steps& steps, bool earlier_writes) {
    for (; units != 0; units &= units - 1) {
      const auto other = static_cast<std::size_t>(std::countr_zero(units));
      if (steps[other] > execution.clock(unit).of(other))
        report(execution, unit, writes, other, steps[other], earlier_writes);
    }
  }
  void report(Execution& execution, std::size_t unit, bool writes, std::size_t other,
              std::uint32_t step, bool earlier_writes) {
    if (execution.race()) return;
    execution.note_race({id_, static_cast<Proc>(other), static_cast<Proc>(unit), earlier_writes,
                         writes, step, execution.clock(unit).of(unit)});
  }
  void put(Execution& execution, std::uint64_t value, const Clock* publishes) {
    execution.note_write(value);
    if (execution.tso()) [[unlikely]] {
      execution.buffer_store({id_, this, &land}, value, publishes);
      return;
    }
    commit(execution, value, publishes);
  }
  static void land(Execution& execution, void* location, std::uint64_t value,
                   const Clock* publishes) {
    static_cast<Location*>(location)->commit(execution, value, publishes);
  }
  void publish_update(Execution& execution, std::memory_order order);

  std::uint64_t value_;
  std::uint64_t read_ = 0;
  std::uint64_t read_atomically_ = 0;
  std::uint64_t written_atomically_ = 0;
  std::uint32_t write_step_ = 0;
  Proc write_unit_ = 0;
  bool published_ = false;
  std::uint16_t id_;
  Steps plain_reads_;
  Steps atomic_reads_;
  Steps atomic_writes_;
  Clock release_;
};

inline void Location::commit(Execution& execution, std::uint64_t value, const Clock* publishes) {
  value_ = value;
  published_ = publishes != nullptr;
  if (published_) release_.assign(*publishes, execution.units());
  execution.state_changed();
}

}  // namespace assay::controlled
