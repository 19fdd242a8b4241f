#include "report/run.h"

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <system_error>

#include "report/held_signals.h"
#include "report/pacing.h"
#include "report/worker.h"

namespace assay {
namespace {

using Clock = Worker::Clock;

constexpr auto kTick = std::chrono::milliseconds(100);

std::string seconds_of(std::chrono::nanoseconds duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

class Runner {
 public:
  explicit Runner(const RunPlan& plan) : plan_(&plan) {
    if (plan.budget.count() > 0) deadline_ = start_ + plan.budget;
  }

  RunResult run() {
    while (next_ < plan_->cells.size() && result_.signal == 0) {
      if (deadline_ && Clock::now() >= *deadline_) {
        worker_.reset();
        leave_the_rest("the " + seconds_of(plan_->budget) +
                       " of the run were used up before this cell was done");
        break;
      }
      if (!worker_ && !start_worker()) break;
      wait();
      hear();
      give_up_what_hangs();
      show_progress();
    }
    worker_.reset();
    result_.wall = Clock::now() - start_;
    return std::move(result_);
  }

 private:
  /// False when it was refused; then every cell that is left says why.
  bool start_worker() {
    try {
      worker_ = std::make_unique<Worker>(*plan_, next_, deadline_);
    } catch (const std::system_error& error) {
      if (result_.results.empty()) throw;
      leave_the_rest(error.what());
      return false;
    }
    cell_start_ = Clock::now();
    return true;
  }

  void wait() {
    std::array<pollfd, 2> ready{{{worker_->fd(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}}};
    auto timeout = std::chrono::duration_cast<std::chrono::nanoseconds>(kTick);
    if (deadline_) timeout = std::min<std::chrono::nanoseconds>(timeout, *deadline_ - Clock::now());
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    poll(ready.data(), ready.size(), static_cast<int>(std::max<std::int64_t>(ms, 0)));
    result_.signal = signals_.take();
  }

  void hear() {
    bool ended = false;
    for (WorkerLine& message : worker_->receive(ended)) {
      text_ = message.progress;
      if (message.observation) keep(std::move(*message.observation), message.options, message);
    }
    // After a Ctrl-C the worker may be gone before the signal is seen here.
    if (result_.signal == 0) result_.signal = signals_.take();
    if (!ended || result_.signal != 0) return;
    const std::string end = worker_->remove();
    worker_.reset();
    if (next_ < plan_->cells.size()) fail_cell("the process of the probe " + end);
  }

  void give_up_what_hangs() {
    if (!worker_ || result_.signal != 0 || Clock::now() - cell_start_ < plan_->cell_bound) return;
    worker_.reset();
    fail_cell("the probe did not end within " + seconds_of(plan_->cell_bound) +
              " and was given up");
  }

  void fail_cell(const std::string& reason) {
    WorkerLine message;
    message.seconds = std::chrono::duration<double>(Clock::now() - cell_start_).count();
    keep(not_measured(trait(plan_->cells[next_].trait), reason), plan_->options, message);
  }

  void leave_the_rest(const std::string& reason) {
    while (next_ < plan_->cells.size()) {
      keep(not_measured(trait(plan_->cells[next_].trait), reason), plan_->options, WorkerLine());
    }
  }

  void keep(Observation observation, const ProbeOptions& options, const WorkerLine& message) {
    const Cell& cell = plan_->cells[next_];
    Result result;
    result.runtime = cell.runtime->info().name;
    const Trait& of = trait(cell.trait);
    const bool blind = plan_->ignores_claims;
    result.claim = blind ? no_claim(*cell.runtime, of) : claim_or_none(*cell.runtime, of);
    result.verdict = judge(result.claim, observation);
    result.observation = std::move(observation);
    result.seconds = message.seconds;
    result.command =
        reproduce_command(chosen(result.runtime), of, options, blind ? "profile" : "check");
    if (plan_->reached) plan_->reached(result);
    result_.results.push_back(std::move(result));
    ++next_;
    text_.clear();
    cell_start_ = Clock::now();
  }

  [[nodiscard]] std::string chosen(const std::string& runtime) const {
    const auto flags = plan_->flags.find(runtime);
    return flags != plan_->flags.end() ? flags->second : "--runtime=" + runtime;
  }

  void show_progress() {
    const auto now = Clock::now();
    if (!plan_->progress || next_ >= plan_->cells.size()) return;
    if (shown_ == next_ + 1 && now - shown_at_ < kTick) return;
    shown_ = next_ + 1;
    shown_at_ = now;
    plan_->progress({next_, plan_->cells.size(), text_, time_left(now)});
  }

  /// By the pace so far, and never beyond the end of the run.
  [[nodiscard]] std::chrono::nanoseconds time_left(Clock::time_point now) const {
    double done = 0;
    double left = 0;
    for (std::size_t i = 0; i < plan_->cells.size(); ++i) {
      (i < next_ ? done : left) += expected_seconds(plan_->cells[i].trait, plan_->options.effort);
    }
    const double spent = std::chrono::duration<double>(now - start_).count();
    const double pace = done > 1 ? spent / done : 1;
    const auto estimate = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(left * pace));
    return deadline_ ? std::min<std::chrono::nanoseconds>(estimate, *deadline_ - now) : estimate;
  }

  const RunPlan* plan_;
  HeldSignals signals_;
  RunResult result_;
  std::unique_ptr<Worker> worker_;
  const Clock::time_point start_ = Clock::now();
  std::optional<Clock::time_point> deadline_;
  Clock::time_point cell_start_ = start_;
  std::size_t next_ = 0;
  std::string text_;
  std::size_t shown_ = 0;  ///< The last cell shown, plus 1.
  Clock::time_point shown_at_;
};

}  // namespace

std::vector<Cell> cells_of(std::span<Runtime* const> runtimes, std::span<const TraitId> traits) {
  const double long_time = expected_seconds(TraitId::kSwitchCost, Effort::kQuick);
  std::vector<Cell> cells;
  for (const bool takes_long : {false, true}) {
    for (const TraitId trait : traits) {
      if ((expected_seconds(trait, Effort::kQuick) >= long_time) != takes_long) continue;
      for (Runtime* runtime : runtimes) cells.push_back({runtime, trait});
    }
  }
  return cells;
}

RunResult run(const RunPlan& plan) {
  // Orphans of a worker that is gone come here, so that their end can be waited for.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  return Runner(plan).run();
}

}  // namespace assay
