#include "report/pacing.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "models/registry.h"

namespace assay {
namespace {

/// The part of the time that is planned with; the rest is for what takes longer than it should.
constexpr double kPlanned = 0.8;
/// So many seconds count as gone by as planned, so that the first cells do not decide alone.
constexpr double kBefore = 0.25;

}  // namespace

double expected_seconds(TraitId trait, Effort effort) {
  // Shares of the 10 s and 60 s of three runtimes; what compares or loads a machine takes longer.
  const double rank = assay::trait(trait).needs_rivals ? 3.0 : 1.0;
  const double share = trait == TraitId::kUseCase ? 7.0 : rank;
  return share * (effort == Effort::kQuick ? 0.11 : 0.68);
}

ProbeOptions Pacing::options_of(std::size_t cell, std::optional<double> left_s) const {
  ProbeOptions options = plan_->options;
  options.rivals = rivals_of(*plan_->cells[cell].runtime);
  if (plan_->cells[cell].duration.count() > 0) options.duration = plan_->cells[cell].duration;
  if (!left_s || options.duration.count() > 0) return options;
  double expected_left = 0;
  for (std::size_t i = cell; i < plan_->cells.size(); ++i) {
    expected_left += expected_seconds(plan_->cells[i].trait, options.effort);
  }
  const double usable = *left_s / slowness();
  const double share = expected_seconds(plan_->cells[cell].trait, options.effort) / expected_left;
  // The cells after this one make up for what it takes too long; for the last there are none.
  const double needed = (kPlanned + (1 / kPlanned - kPlanned) * share) * expected_left;
  if (usable >= needed) return options;
  options.effort = Effort::kQuick;
  options.duration = std::chrono::milliseconds(
      std::max<std::int64_t>(1, static_cast<std::int64_t>(kPlanned * share * usable * 1e3)));
  return options;
}

void Pacing::note(std::size_t cell, const ProbeOptions& options, double took_s) {
  planned_s_ += options.duration.count() > 0
                    ? std::chrono::duration<double>(options.duration).count()
                    : expected_seconds(plan_->cells[cell].trait, options.effort);
  took_s_ += took_s;
}

double Pacing::slowness() const {
  return std::max(1.0, (kBefore + took_s_) / (kBefore + planned_s_));
}

}  // namespace assay
