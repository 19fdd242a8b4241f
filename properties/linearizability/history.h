/// Histories: which units called which methods of a concurrent object, what came back, and what
/// overlapped.
///
/// Times are numbers in one order, in which only "returned before the other was invoked" counts.
/// Whoever records them has to make that mean happens-before (properties/linearizability/threads.h,
/// explored.h).
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace assay::linearizability {

/// One call of a method; what the numbers mean is the specification's business.
struct Call {
  std::uint8_t method = 0;
  std::int64_t key = 0;
  std::int64_t value = 0;
  bool operator==(const Call&) const = default;
};

/// A result that is no number: "empty", "not there".
inline constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::min();
inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

struct Operation {
  std::size_t unit = 0;
  Call call;
  std::int64_t result = 0;  ///< Means nothing while the operation pends.
  std::uint64_t invoked = 0;
  std::uint64_t returned = kNever;

  [[nodiscard]] bool pends() const { return returned == kNever; }
  bool operator==(const Operation&) const = default;
};

/// In any order. The operations of one unit do not overlap.
using History = std::vector<Operation>;

/// What each unit calls, one after the other.
using Calls = std::vector<std::vector<Call>>;

}  // namespace assay::linearizability
