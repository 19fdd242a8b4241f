#include "models/controlled/location.h"

namespace assay::controlled {

std::uint64_t Location::load(Execution& execution, std::memory_order order) {
  const std::size_t unit = execution.current();
  const std::uint64_t* own = execution.tso() ? execution.buffered(unit, this) : nullptr;
  note_load(execution, order, own != nullptr);
  const std::uint64_t value = own != nullptr ? *own : value_;
  execution.note_read(value);
  return value;
}

void Location::note_load(Execution& execution, std::memory_order order, bool own) {
  const std::size_t unit = execution.current();
  if (!own && published_) {
    Clock& to = acquires(order) ? execution.clock(unit) : execution.seen_by_relaxed();
    to.join(release_, execution.units());
  }
  // After what it acquires: that comes before the load itself.
  if (execution.detects_races()) {
    check_writes(execution, unit, false);
    atomic_reads_[unit] = execution.clock(unit).of(unit);
    read_atomically_ |= bit(unit);
  }
}

void Location::note_store(Execution& execution) {
  if (!execution.detects_races()) return;
  const std::size_t unit = execution.current();
  check_writes(execution, unit, true);
  check(execution, unit, true, read_, plain_reads_, false);
  atomic_writes_[unit] = execution.clock(unit).of(unit);
  written_atomically_ |= bit(unit);
}

void Location::store(Execution& execution, std::uint64_t value, std::memory_order order) {
  note_store(execution);
  const Clock* publishes = execution.published_by(order);
  // A seq_cst store waited for an empty buffer, and goes past it (x86: xchg).
  if (order != std::memory_order_seq_cst) return put(execution, value, publishes);
  execution.note_write(value);
  commit(execution, value, publishes);
}

void Location::publish_update(Execution& execution, std::memory_order order) {
  note_store(execution);
  const Clock* const publishes = execution.published_by(order);
  if (publishes == nullptr) return;
  if (!published_) release_.clear(execution.units());
  release_.join(*publishes, execution.units());
  published_ = true;
}

}  // namespace assay::controlled
