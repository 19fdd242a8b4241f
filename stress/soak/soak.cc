#include "stress/soak/soak.h"

#include <algorithm>
#include <numeric>

#include "report/held_signals.h"
#include "stress/soak/audit.h"
#include "stress/soak/worker.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

class Soaker {
 public:
  explicit Soaker(const SoakPlan& plan) : plan_(&plan) {}

  SoakResult run() {
    for (std::uint64_t i = 0; i < plan_->most_rounds && left() > Clock::duration::zero(); ++i) {
      const Round round = round_of(plan_->choice, plan_->seed, plan_->first_round + i);
      if (!run_round(round)) break;
    }
    result_.left = audit_.look_at_the_end();
    result_.not_looked_at = audit_.not_looked_at();
    result_.wall = Clock::now() - start_;
    return std::move(result_);
  }

 private:
  [[nodiscard]] Clock::duration left() const {
    return plan_->duration - plan_->spent - (Clock::now() - start_);
  }

  /// False when a signal came.
  bool run_round(const Round& round) {
    Watched watched = run_watched(round, plan_->choice, [&] {
      tell(round);
      return signals_.take();
    });
    result_.signal = watched.signal;
    watched.record.left = audit_.look();
    if (result_.signal != 0) {
      // The round was cut short by the end of the soak: what it left is said, nothing else.
      if (watched.record.left.empty()) return false;
      watched.record.end = RoundEnd::kCut;
    }
    result_.counts.add(watched.record);
    if (plan_->reached) plan_->reached(watched.record);
    return result_.signal == 0;
  }

  void tell(const Round& round) const {
    if (!plan_->progress) return;
    const auto rest = std::max(left(), Clock::duration::zero());
    const double whole = std::chrono::duration<double>(plan_->duration).count();
    plan_->progress({&round, plan_->first_round + result_.counts.all(), result_.counts.failed, rest,
                     1 - std::chrono::duration<double>(rest).count() / whole});
  }

  const SoakPlan* plan_;
  // Before the audit, which knows the descriptors of both.
  HeldSignals signals_;
  Audit audit_;
  Clock::time_point start_ = Clock::now();
  SoakResult result_;
};

}  // namespace

void SoakCounts::add(const RoundRecord& record) {
  ++rounds.at(static_cast<std::size_t>(record.work)).at(static_cast<std::size_t>(record.end));
  ++disturbances.at(static_cast<std::size_t>(record.disturbance));
  if (record.fails()) ++failed;
  peak_bytes = std::max(peak_bytes, record.peak_bytes);
}

std::uint64_t SoakCounts::all() const {
  return std::accumulate(disturbances.begin(), disturbances.end(), std::uint64_t{0});
}

SoakResult soak(const SoakPlan& plan) { return Soaker(plan).run(); }

}  // namespace assay
