#include "properties/order.h"

#include <algorithm>

namespace assay {

Order order_of(const Interval& interval, double equal) {
  if (interval.low > equal) return Order::kAbove;
  if (interval.high < equal) return Order::kBelow;
  return Order::kUnclear;
}

ValueSet allowed_ranks(std::span<const Order> comparisons) {
  const auto count = [&](Order order) {
    return std::count(comparisons.begin(), comparisons.end(), order);
  };
  const auto all = static_cast<std::ptrdiff_t>(comparisons.size());
  ValueSet allowed{Rank::kHigh, Rank::kMedium, Rank::kLow};
  if (count(Order::kBelow) > 0) allowed.erase(static_cast<std::uint8_t>(Rank::kHigh));
  if (count(Order::kAbove) > 0) allowed.erase(static_cast<std::uint8_t>(Rank::kLow));
  const bool one_side = count(Order::kAbove) == all || count(Order::kBelow) == all;
  if (all > 1 && one_side) allowed.erase(static_cast<std::uint8_t>(Rank::kMedium));
  return allowed;
}

}  // namespace assay
