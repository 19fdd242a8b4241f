#include "models/controlled/enumeration.h"

#include <bit>

namespace assay::controlled {
namespace {

constexpr std::uint64_t kBuffers = ~((std::uint64_t{1} << kMaxUnits) - 1);

/// The unit that took the last step that was not a buffer's, or kNobody at the start.
Proc last_unit(const Execution& execution) {
  for (std::uint32_t i = execution.steps(); i > 0; --i) {
    if (!is_buffer(execution.schedule()[i - 1])) return execution.schedule()[i - 1];
  }
  return kNobody;
}

}  // namespace

Proc Enumeration::pick(const Execution& execution, std::uint64_t choices) {
  const std::size_t depth = execution.steps();
  if (depth < levels_.size()) {
    const Proc chosen = levels_[depth].chosen;
    return (choices & bit(chosen)) != 0 ? chosen : kNobody;
  }
  Proc last = last_unit(execution);
  if (last != kNobody && (choices & bit(last)) == 0) last = kNobody;
  std::uint32_t before = 0;
  if (!levels_.empty()) before = levels_.back().preemptions + cost(levels_.back());
  std::uint64_t allowed = choices;
  if (last != kNobody && before >= bound_) {
    allowed &= kBuffers | bit(last);
    left_out_ |= allowed != choices;
  }
  const auto chosen = last != kNobody ? last : static_cast<Proc>(std::countr_zero(allowed));
  levels_.push_back({allowed & ~bit(chosen), before, chosen, last});
  return chosen;
}

bool Enumeration::next() {
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.untried != 0) {
      level.chosen = static_cast<Proc>(std::countr_zero(level.untried));
      level.untried &= level.untried - 1;
      return true;
    }
    levels_.pop_back();
  }
  return false;
}

std::uint32_t Enumeration::preemptions() const {
  return levels_.empty() ? 0 : levels_.back().preemptions + cost(levels_.back());
}

}  // namespace assay::controlled
