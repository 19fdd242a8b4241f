// Atomic stores that wait in a buffer of their unit (TSO).
#include <cstring>

#include "models/controlled/unmodified/program.h"

namespace assay::unmodified {

bool Program::stores_late(Address address, std::size_t bytes, std::memory_order order) {
  if (order == std::memory_order_seq_cst || bytes > sizeof(LateStore::value)) return false;
  weak_stores_ = true;
  if (!execution_->tso()) return false;
  return !world::contains(address) || !world::on_stack(address) ||
         world::slot_of(address) != current().unit();
}

void Program::store(Data& data, Address address, const void* value, std::size_t bytes,
                    std::memory_order order, bool late) {
  visit(data, address, bytes, [&](Location& part) { part.note_store(*execution_); });
  const std::uint64_t noted = value_of(value, bytes);
  execution_->note_write(noted);
  const controlled::Clock* const publishes = execution_->published_by(order);
  if (!late) {
    std::memcpy(reinterpret_cast<void*>(address), value, bytes);
    visit(data, address, bytes,
          [&](Location& part) { part.commit(*execution_, noted, publishes); });
    return;
  }
  LateStore& store = late_[current().unit()].emplace_back(LateStore{&data, address, bytes, 0});
  std::memcpy(&store.value, value, bytes);
  execution_->buffer_store({data.id, &store, &land}, noted, publishes);
}

void Program::land(Execution& execution, void* late, std::uint64_t value,
                   const controlled::Clock* publishes) {
  const LateStore& store = *static_cast<LateStore*>(late);
  std::memcpy(reinterpret_cast<void*>(store.address), &store.value, store.bytes);
  Program::mine()->visit(*store.data, store.address, store.bytes,
                         [&](Location& part) { part.commit(execution, value, publishes); });
}

bool Program::read_as(std::size_t unit, Address address, void* value, std::size_t bytes) const {
  std::memcpy(value, reinterpret_cast<const void*>(address), bytes);
  const std::deque<LateStore>& late = late_[unit];
  const std::size_t landed = execution_->flushed(unit);
  if (landed == late.size()) return false;
  std::uint64_t own = 0;
  for (std::size_t i = landed; i < late.size(); ++i) {
    const LateStore& store = late[i];
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      const Address at = address + byte - store.address;
      if (at >= store.bytes) continue;
      std::memcpy(static_cast<std::byte*>(value) + byte,
                  reinterpret_cast<const std::byte*>(&store.value) + at, 1);
      own |= controlled::bit(byte);
    }
  }
  return own == controlled::bit(bytes) - 1;
}

void Program::drain_where_late(Address address, std::size_t bytes) {
  const std::size_t unit = current().unit();
  const std::deque<LateStore>& late = late_[unit];
  for (std::size_t i = execution_->flushed(unit); i < late.size(); ++i) {
    if (late[i].address >= address + bytes || address >= late[i].address + late[i].bytes) continue;
    Op op;
    op.kind = OpKind::kFence;
    op.order = std::memory_order_relaxed;
    op.flags = Op::kDrains;
    step(op, [](Execution&) {});
    return;
  }
}

}  // namespace assay::unmodified
