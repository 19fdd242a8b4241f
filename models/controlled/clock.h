/// Vector clocks: who knows of which step of whom. The happens-before of an execution.
///
/// A clock holds one number a unit: how many of its steps happened before. Only the first `units`
/// numbers are used, so that an execution of three units pays for three.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace assay::controlled {

/// Units of one execution. Sets of units are 64-bit masks with room for a store buffer a unit.
inline constexpr std::size_t kMaxUnits = 32;

class Clock {
 public:
  [[nodiscard]] std::uint32_t of(std::size_t unit) const { return at_[unit]; }
  void tick(std::size_t unit) { ++at_[unit]; }
  void clear(std::size_t units) { std::fill_n(at_.begin(), units, 0U); }
  void assign(const Clock& other, std::size_t units) {
    std::copy_n(other.at_.begin(), units, at_.begin());
  }
  /// Least upper bound: afterwards this clock knows what either knew.
  void join(const Clock& other, std::size_t units) {
    for (std::size_t i = 0; i < units; ++i) at_[i] = std::max(at_[i], other.at_[i]);
  }

 private:
  /// Not initialized: most variables never need theirs, and `clear` sets what is used.
  std::array<std::uint32_t, kMaxUnits> at_;
};

}  // namespace assay::controlled
