/// What ThreadSanitizer is shown of the operations on a shared variable: each is made again, as the
/// access or the atomic that it stands for, of the variable's own memory and without changing it.
///
/// A store that waits in a store buffer is an access at once, with the order of nothing; it
/// publishes when it reaches memory (Execution::flush). Nothing is shown where nobody watches.
#pragma once

#include <atomic>
#include <cstdint>

#include "models/controlled/location.h"
#include "models/controlled/tsan_watch.h"

namespace assay::controlled {

#if defined(ASSAY_TSAN)

/// The engine's accesses are not seen (Unseen); this one is.
class Seen {
 public:
  ASSAY_AS_IF_WRITTEN_THERE Seen() { AnnotateIgnoreReadsEnd("", 0); }
  Seen(const Seen&) = delete;
  Seen& operator=(const Seen&) = delete;
  ASSAY_AS_IF_WRITTEN_THERE ~Seen() { AnnotateIgnoreReadsBegin("", 0); }
};

/// Of a load that is part of an operation with this order.
inline std::memory_order load_order(std::memory_order order) {
  return order == std::memory_order_acq_rel   ? std::memory_order_acquire
         : order == std::memory_order_release ? std::memory_order_relaxed
                                              : order;
}

ASSAY_AS_IF_WRITTEN_THERE inline void show_read(Location& location) {
  if (!is_watched()) return;
  const volatile std::uint64_t* memory = location.memory();
  const Seen seen;
  static_cast<void>(*memory);
}

ASSAY_AS_IF_WRITTEN_THERE inline void show_write(Location& location) {
  if (!is_watched()) return;
  volatile std::uint64_t* memory = location.memory();
  const std::uint64_t held = location.value();
  const Seen seen;
  *memory = held;
}

/// `own`: the unit read its own store, which is still in its buffer.
ASSAY_AS_IF_WRITTEN_THERE inline void show_load(Location& location, std::memory_order order,
                                                bool own) {
  if (!is_watched()) return;
  const std::atomic_ref<std::uint64_t> memory(*location.memory());
  order = own ? std::memory_order_relaxed : load_order(order);
  const Seen seen;
  static_cast<void>(memory.load(order));
}

ASSAY_AS_IF_WRITTEN_THERE inline void show_store(Location& location, std::memory_order order) {
  if (!is_watched()) return;
  const std::atomic_ref<std::uint64_t> memory(*location.memory());
  const std::uint64_t held = location.value();
  const Seen seen;
  memory.store(held, order);
}

ASSAY_AS_IF_WRITTEN_THERE inline void show_update(Location& location, std::memory_order order) {
  if (!is_watched()) return;
  const std::atomic_ref<std::uint64_t> memory(*location.memory());
  const std::uint64_t held = location.value();
  const Seen seen;
  static_cast<void>(memory.exchange(held, order));
}

#else

inline void show_read(Location&) {}
inline void show_write(Location&) {}
inline void show_load(Location&, std::memory_order, bool) {}
inline void show_store(Location&, std::memory_order) {}
inline void show_update(Location&, std::memory_order) {}

#endif

}  // namespace assay::controlled
