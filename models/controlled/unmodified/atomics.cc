// What -fsanitize=thread calls instead of atomic operations.
#include "models/controlled/unmodified/atomics.h"

#include <atomic>
#include <cstring>

#include "models/controlled/unmodified/hook.h"

namespace assay::unmodified {
namespace {

std::memory_order order_of(int number) {
  // Clang keeps flags of its own above the order.
  switch (number & 0x7FFF) {
    case 0:
      return std::memory_order_relaxed;
    case 1:
    case 2:
      return std::memory_order_acquire;
    case 3:
      return std::memory_order_release;
    case 4:
      return std::memory_order_acq_rel;
    default:
      return std::memory_order_seq_cst;
  }
}

Op make(OpKind kind, const Data& data, std::memory_order order, std::uint8_t flags) {
  Op op;
  op.kind = kind;
  op.order = order;
  op.flags = flags;
  op.object = data.id;
  return op;
}

template <typename T>
T load(const volatile T* at, std::memory_order order) {
  if (!observing) return *at;
  const Hook hook;
  Program& program = hook.program;
  const auto address = reinterpret_cast<Address>(at);
  Data* const data = program.claim(address, sizeof(T));
  if (data == nullptr && !program.reads_on()) return *at;
  constexpr int kKind = static_cast<int>(OpKind::kLoad);
  if (data != nullptr && program.repeats(kKind, address)) {
    T seen;
    program.read_as(program.current().unit(), address, &seen, sizeof(T));
    return seen;
  }
  const std::uint64_t state = program.before_read(kKind, address);
  if (data == nullptr) {
    program.after_read({kKind, address, sizeof(T), Program::value_at(address, sizeof(T)), state});
    return *at;
  }
  const T value =
      program.step(make(OpKind::kLoad, *data, order, Op::kReadsOnly), [&](Execution& execution) {
        T seen;
        const bool own = program.read_as(execution.current(), address, &seen, sizeof(T));
        program.visit(*data, address, sizeof(T),
                      [&](Location& part) { part.note_load(execution, order, own); });
        execution.note_read(Program::value_of(&seen, sizeof(T)));
        return seen;
      });
  program.after_read({kKind, address, sizeof(T), Program::value_of(&value, sizeof(T)), state});
  program.refuse_thread_local(address, &value, sizeof(T));
  return value;
}

template <typename T>
void store(volatile T* at, T value, std::memory_order order) {
  if (!observing) {
    *at = value;
    return;
  }
  const Hook hook;
  Program& program = hook.program;
  const auto address = reinterpret_cast<Address>(at);
  Data* const data = program.claim(address, sizeof(T));
  if (data == nullptr) {
    program.changed_own();
    *at = value;
    return;
  }
  Op op = make(OpKind::kStore, *data, order, 0);
  const bool late = program.stores_late(address, sizeof(T), order);
  if (program.execution().tso()) op.flags = late ? Op::kBuffered : Op::kDrains;
  if (late) op.index = program.execution().next_store();
  const bool changes = program.step(op, [&](Execution& execution) {
    T before;
    program.read_as(execution.current(), address, &before, sizeof(T));
    program.store(*data, address, &value, sizeof(T), order, late);
    // What is in memory when a store goes to the buffer depends on the flushes of others, with
    // which it commutes.
    return late || before != value;
  });
  if (changes) program.changed();
}

/// `change(old, &value)` says whether a value is written, and which.
template <typename T, typename Change>
T update(volatile T* at, std::memory_order order, std::memory_order failure, Change change) {
  const auto apply = [&] {
    const T old = *at;
    T value = old;
    if (change(old, &value)) *at = value;
    return old;
  };
  if (!observing) return apply();
  const Hook hook;
  Program& program = hook.program;
  const auto address = reinterpret_cast<Address>(at);
  Data* const data = program.claim(address, sizeof(T));
  constexpr int kKind = static_cast<int>(OpKind::kUpdate);
  if (data == nullptr && !program.reads_on()) {
    const T old = apply();
    if (*at != old) program.changed_own();
    return old;
  }
  if (data != nullptr) {
    const T old = *at;
    T value = old;
    if ((!change(old, &value) || value == old) && program.repeats(kKind, address)) return old;
  }
  const std::uint64_t state = program.before_read(kKind, address);
  const auto told = [&](T old) {
    if (*at == old) {
      program.after_read({kKind, address, sizeof(T), Program::value_at(address, sizeof(T)), state});
    } else if (data != nullptr) {
      program.changed();
    } else {
      program.changed_own();
    }
    return old;
  };
  if (data == nullptr) return told(apply());
  const T read =
      program.step(make(OpKind::kUpdate, *data, order, Op::kDrains), [&](Execution& execution) {
        const T before = *at;
        const std::uint64_t noted = Program::value_at(address, sizeof(T));
        T value = before;
        const bool writes = change(before, &value);
        if (writes) {
          *at = value;
          const std::uint64_t now = Program::value_at(address, sizeof(T));
          program.visit(*data, address, sizeof(T), [&](Location& part) {
            part.update(execution, order, [now](std::uint64_t) { return now; });
          });
        } else {
          program.visit(*data, address, sizeof(T),
                        [&](Location& part) { part.note_load(execution, failure, false); });
          execution.note_failed_try();
        }
        execution.note_read(noted);
        return before;
      });
  program.refuse_thread_local(address, &read, sizeof(T));
  return told(read);
}

template <typename T, typename Operation>
T fetch(volatile T* at, int order, Operation operation) {
  return update(at, order_of(order), order_of(order), [&](T old, T* value) {
    *value = operation(old);
    return true;
  });
}

/// Never fails spuriously.
template <typename T>
T exchange_if(volatile T* at, T expected, T desired, int order, int failure) {
  return update(at, order_of(order), order_of(failure), [&](T old, T* value) {
    *value = desired;
    return old == expected;
  });
}

template <typename T>
int exchange_if(volatile T* at, T* expected, T desired, int order, int failure) {
  const T wanted = *expected;
  const T old = exchange_if(at, wanted, desired, order, failure);
  if (old == wanted) return 1;
  *expected = old;
  return 0;
}

}  // namespace

void atomic_store_byte(volatile unsigned char* at, unsigned char value) {
  observing = true;
  store<unsigned char>(at, value, std::memory_order_release);
  observing = false;
}

}  // namespace assay::unmodified

namespace {

using assay::unmodified::exchange_if;
using assay::unmodified::fetch;
using assay::unmodified::load;
using assay::unmodified::order_of;
using assay::unmodified::store;

using Atomic8 = unsigned char;
using Atomic16 = unsigned short;  // NOLINT(google-runtime-int): as the compilers have it.
using Atomic32 = unsigned int;
using Atomic64 = unsigned long long;  // NOLINT(google-runtime-int)
__extension__ using Atomic128 = unsigned __int128;

}  // namespace

// Names that compilers know; they are reserved for this.
// NOLINTBEGIN(readability-identifier-naming)
#define ASSAY_FETCH(bits, name, expression)                                                        \
  ASSAY_HOOK Atomic##bits __tsan_atomic##bits##_##name(volatile Atomic##bits* at,                  \
                                                       Atomic##bits operand, int order) {          \
    return fetch<Atomic##bits>(                                                                    \
        at, order, [operand](Atomic##bits old) { return static_cast<Atomic##bits>(expression); }); \
  }
#define ASSAY_ATOMICS(bits)                                                                        \
  ASSAY_HOOK Atomic##bits __tsan_atomic##bits##_load(const volatile Atomic##bits* at, int order) { \
    return load<Atomic##bits>(at, order_of(order));                                                \
  }                                                                                                \
  ASSAY_HOOK void __tsan_atomic##bits##_store(volatile Atomic##bits* at, Atomic##bits value,       \
                                              int order) {                                         \
    store<Atomic##bits>(at, value, order_of(order));                                               \
  }                                                                                                \
  ASSAY_FETCH(bits, exchange, ((void)old, operand))                                                \
  ASSAY_FETCH(bits, fetch_add, old + operand)                                                      \
  ASSAY_FETCH(bits, fetch_sub, old - operand)                                                      \
  ASSAY_FETCH(bits, fetch_and, old& operand)                                                       \
  ASSAY_FETCH(bits, fetch_or, old | operand)                                                       \
  ASSAY_FETCH(bits, fetch_xor, old ^ operand)                                                      \
  ASSAY_FETCH(bits, fetch_nand, ~(old & operand))                                                  \
  ASSAY_HOOK int __tsan_atomic##bits##_compare_exchange_strong(                                    \
      volatile Atomic##bits* at, Atomic##bits* expected, Atomic##bits desired, int order,          \
      int failure) {                                                                               \
    return exchange_if<Atomic##bits>(at, expected, desired, order, failure);                       \
  }                                                                                                \
  ASSAY_HOOK int __tsan_atomic##bits##_compare_exchange_weak(                                      \
      volatile Atomic##bits* at, Atomic##bits* expected, Atomic##bits desired, int order,          \
      int failure) {                                                                               \
    return exchange_if<Atomic##bits>(at, expected, desired, order, failure);                       \
  }                                                                                                \
  ASSAY_HOOK Atomic##bits __tsan_atomic##bits##_compare_exchange_val(                              \
      volatile Atomic##bits* at, Atomic##bits expected, Atomic##bits desired, int order,           \
      int failure) {                                                                               \
    return exchange_if<Atomic##bits>(at, expected, desired, order, failure);                       \
  }

ASSAY_ATOMICS(8)
ASSAY_ATOMICS(16)
ASSAY_ATOMICS(32)
ASSAY_ATOMICS(64)
ASSAY_ATOMICS(128)
#undef ASSAY_ATOMICS
#undef ASSAY_FETCH

ASSAY_HOOK void __tsan_atomic_thread_fence(int order) {
  if (!assay::unmodified::observing) return;
  const assay::unmodified::Hook hook;
  assay::unmodified::Op op;
  op.kind = assay::unmodified::OpKind::kFence;
  op.order = order_of(order);
  if (op.order == std::memory_order_seq_cst) op.flags = assay::unmodified::Op::kDrains;
  hook.program.step(op,
                    [&](assay::unmodified::Execution& execution) { execution.fence(op.order); });
}
ASSAY_HOOK void __tsan_atomic_signal_fence(int) {}
// NOLINTEND(readability-identifier-naming)
