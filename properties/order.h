/// Orders: where a runtime stands among its rivals, from intervals, never forced.
#pragma once

#include <span>

#include "models/trait_table.h"
#include "properties/statistics.h"

namespace assay {

/// How a runtime compares with one rival.
enum class Order { kAbove, kBelow, kUnclear };

/// Above when the whole interval lies above `equal` (1 for a ratio, 0 for a difference), below when
/// it lies below, unclear when it straddles.
Order order_of(const Interval& interval, double equal);

/// The ranks that no certain comparison contradicts: kHigh is above every rival, kLow below every
/// rival, kMedium above one and below another. One rival alone never contradicts kMedium, because
/// the other that it speaks of was not there.
ValueSet allowed_ranks(std::span<const Order> comparisons);

}  // namespace assay
