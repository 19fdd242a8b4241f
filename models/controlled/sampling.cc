#include "models/controlled/sampling.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace assay::controlled {

/// Neighbouring seeds are spread over all states, of which 0 is none.
Random::Random(std::uint64_t seed) : state_((seed + 1) * 0x9E3779B97F4A7C15U) {
  if (state_ == 0) state_ = 1;
  for (int i = 0; i < 4; ++i) next();
}

Pct::Pct(std::uint64_t seed, std::size_t units, bool buffers, std::uint32_t steps,
         std::uint32_t depth)
    : random_(seed), steps_(std::max(steps, 1U)), depth_(depth) {
  if (depth == 0) throw std::invalid_argument("expected a depth of at least 1, found 0");
  for (std::size_t unit = 0; unit < units; ++unit) {
    procs_.push_back(static_cast<Proc>(unit));
    if (buffers) procs_.push_back(buffer_of(unit));
  }
}

void Pct::begin() {
  for (std::size_t i = procs_.size(); i > 1; --i)
    std::swap(procs_[i - 1], procs_[random_.below(static_cast<std::uint32_t>(i))]);
  for (std::size_t i = 0; i < procs_.size(); ++i)
    priority_[procs_[i]] = depth_ + static_cast<std::uint32_t>(i);
  changes_.clear();
  for (std::uint32_t i = 1; i < depth_; ++i) changes_.push_back(random_.below(steps_));
  lowest_ = depth_ - 1;
}

Proc Pct::pick(const Execution& execution, std::uint64_t choices) {
  const auto best = [&] {
    Proc proc = static_cast<Proc>(std::countr_zero(choices));
    for (std::uint64_t left = choices; left != 0; left &= left - 1) {
      const auto other = static_cast<Proc>(std::countr_zero(left));
      if (priority_[other] > priority_[proc]) proc = other;
    }
    return proc;
  };
  Proc proc = best();
  for (const std::uint32_t change : changes_) {
    if (change != execution.steps()) continue;
    priority_[proc] = lowest_ > 0 ? lowest_-- : 0;
    proc = best();
  }
  // Who yields lets the others go first.
  if (!is_buffer(proc) && execution.announced(proc).kind == OpKind::kYield) {
    priority_[proc] = 0;
  }
  return proc;
}

Certificate certificate(std::size_t procs, std::uint32_t steps, std::uint32_t depth) {
  const double bound =
      1.0 / (static_cast<double>(procs) * std::pow(static_cast<double>(steps), depth - 1.0));
  const double runs = bound >= 1.0 ? 1.0 : std::ceil(std::log(0.01) / std::log1p(-bound));
  return {procs, steps, depth, bound, static_cast<std::uint64_t>(runs)};
}

}  // namespace assay::controlled
