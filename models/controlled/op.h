/// Operations of units, the events that they become, and which two of them commute.
///
/// A unit announces its next operation before it takes it, so a search knows what every unit is
/// about to do. Two executions are equivalent when one becomes the other by swapping neighbouring
/// events that are not `dependent`; a search has to visit one of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "models/controlled/clock.h"

namespace assay::controlled {

enum class OpKind : std::uint8_t {
  kRead,       ///< Plain read.
  kWrite,      ///< Plain write.
  kLoad,       ///< Atomic.
  kStore,      ///< Atomic.
  kUpdate,     ///< Atomic read-modify-write, compare-exchange that succeeds or fails included.
  kAwait,      ///< Atomic load that waits until a comparison holds: what a spin loop does.
  kAwaitSwap,  ///< Compare-exchange that waits until it succeeds.
  kFence,
  kLock,
  kTryLock,
  kUnlock,
  kWait,  ///< Gives up the mutex and queues at a condition variable.
  kWake,  ///< Leaves the queue of a condition variable; a kLock follows.
  kNotifyOne,
  kNotifyAll,
  kAcquire,  ///< Of a semaphore.
  kRelease,
  kArrive,  ///< At a barrier.
  kPass,    ///< Goes on after all have arrived.
  kSend,
  kReceive,
  kYield,
  kSpawn,
  kJoin,
  kFlush,  ///< The oldest store of a unit's buffer reaches memory (TSO).
};

enum class Compare : std::uint8_t { kEqual, kNotEqual, kAtLeast };

inline constexpr std::uint16_t kNoObject = 0xFFFF;

struct Op {
  static constexpr std::uint8_t kReadsOnly = 1;  ///< Commutes with others that only read.
  static constexpr std::uint8_t kBuffered = 2;   ///< A store that goes to the unit's buffer.
  static constexpr std::uint8_t kDrains = 4;     ///< Waits until the unit's buffer is empty.
  static constexpr std::uint8_t kBlocks = 8;     ///< May have to wait.
  static constexpr std::uint8_t kInline = 16;    ///< Not a step: part of the unit's last one.
  static constexpr std::uint8_t kWatches = 32;   ///< Depends on whatever anybody writes.
  static constexpr std::uint8_t kPatient = 64;   ///< Waits, unless nobody else can go on.

  OpKind kind = OpKind::kYield;
  std::memory_order order = std::memory_order_seq_cst;
  std::uint8_t flags = 0;
  Compare compare = Compare::kEqual;
  std::uint16_t object = kNoObject;
  std::uint16_t other = kNoObject;  ///< The mutex of a wait.
  /// Of a buffered store and its flush: which store of the unit it is. Of a spawn or join: the
  /// unit.
  std::uint32_t index = 0;
  /// What a wait compares with, the phase of a barrier.
  std::uint64_t argument = 0;

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  bool operator==(const Op&) const = default;
};

/// Who takes a step: a unit, or the store buffer of unit `proc - kMaxUnits`.
using Proc = std::uint8_t;
inline constexpr Proc kNobody = 0xFF;
inline constexpr std::size_t kProcs = 2 * kMaxUnits;

inline bool is_buffer(Proc proc) { return proc >= kMaxUnits; }
inline std::size_t unit_of(Proc proc) { return proc % kMaxUnits; }
inline Proc buffer_of(std::size_t unit) { return static_cast<Proc>(unit + kMaxUnits); }
inline std::uint64_t bit(std::size_t proc) { return std::uint64_t{1} << proc; }

struct Event {
  Proc proc = kNobody;
  Op op;
  std::uint64_t read = 0;     ///< What was read, where the operation reads.
  std::uint64_t written = 0;  ///< What was written, where it writes.
  bool did_write = false;
  bool succeeded = true;  ///< False: a try that failed.
  bool operator==(const Event&) const = default;
};

/// Holds for a stored value: `value` as the variable has it, `argument` of the operation.
bool holds(Compare compare, std::uint64_t value, std::uint64_t argument);

/// True when the operations touch a common object and not both only read it.
bool conflict(const Op& a, const Op& b);

/// True when no schedule can swap the two, because one makes the other possible: a spawn and the
/// unit's steps, a unit's steps and its join, a buffered store and its flush, a flush and what
/// waits for an empty buffer.
bool bound_together(Proc a_proc, const Op& a, Proc b_proc, const Op& b);

/// True when the order of the two matters. Symmetric.
bool dependent(Proc a_proc, const Op& a, Proc b_proc, const Op& b);

/// "read", "fetch-add", "lock" and so on.
std::string word_of(const Op& op);

}  // namespace assay::controlled
