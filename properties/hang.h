/// Hangs: programs that were given up at their bound, and what is said of a runtime that hung.
#pragma once

#include <algorithm>
#include <string_view>

#include "models/trace.h"

namespace assay {

/// The evidence of a program without a fault that was given up: in which way.
inline constexpr std::string_view kHung = "hung";

/// True when some units, or their host, were given up at the bound.
inline bool was_given_up(const Trace& trace) {
  return trace.host.kind == EndKind::kGaveUp ||
         std::ranges::any_of(
             trace.units, [](const UnitTrace& unit) { return unit.end.kind == EndKind::kGaveUp; });
}

}  // namespace assay
