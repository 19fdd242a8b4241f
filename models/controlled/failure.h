/// What the controlled runtime finds wrong in one execution.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/controlled/op.h"

namespace assay::controlled {

enum class FailureKind : std::uint8_t {
  kAssertion,       ///< A requirement of the scenario did not hold.
  kDataRace,        ///< C++20 [intro.races]/21: conflicting, not both atomic, unordered.
  kDeadlock,        ///< Units wait for each other, or for what nobody will do.
  kLostWakeup,      ///< As before, and a notification came before the wait.
  kLivelock,        ///< No end within the bound of steps.
  kLockMisuse,      ///< Unlock of a lock that is not held, lock by its holder, end of a holder.
  kLeakedUnit,      ///< A unit that was spawned and never joined.
  kNondeterminism,  ///< The same schedule led to other steps: something is not controlled.
  kBadMemory,       ///< Use after free, a second free, a fault.
};
inline constexpr std::size_t kFailureKinds = 9;

/// "data race", "deadlock" and so on.
std::string_view name_of(FailureKind kind);

/// The two accesses of a data race, each by its unit and the number of the unit's step (from 1).
struct Race {
  std::uint16_t object = kNoObject;
  std::uint8_t first_unit = 0;
  std::uint8_t second_unit = 0;
  bool first_writes = false;
  bool second_writes = false;
  std::uint32_t first_step = 0;
  std::uint32_t second_step = 0;
};

}  // namespace assay::controlled
