/// Executions that ThreadSanitizer watches, for tests: what both say of the same schedule.
#pragma once

#include <optional>
#include <vector>

#include "models/controlled/subject.h"

namespace assay::controlled {

/// What was said of one execution.
struct Verdicts {
  /// One of the two accesses of a data race.
  struct Access {
    Proc unit;
    bool writes;
    bool operator==(const Access&) const = default;
  };

  std::optional<Race> explorer;
  std::vector<Sighting> tsan;
  std::vector<Proc> schedule;
  /// Every access that races with the second one of the explorer's race, by all that came before
  /// it and the clock of its unit. Whoever finds the race may name any of them as the first.
  std::vector<Access> first_accesses;

  /// The first data race that ThreadSanitizer reported, or null.
  [[nodiscard]] const Sighting* race() const;
  /// Whether such an access is among `first_accesses`.
  [[nodiscard]] bool may_be_first(Access access) const;
};

/// Runs a subject while ThreadSanitizer watches. Its reports are not printed: there are thousands.
/// Where only waits give way (ExecutionOptions::cooperative), what a unit acquires in one step
/// counts for all accesses of the step.
class Watching {
 public:
  Watching();
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  ~Watching();

  template <typename Pick>
  Verdicts run(Subject& subject, const ExecutionOptions& options, Pick&& pick) {
    Outcome outcome;
    clocks_.clear();
    run_once(execution_, subject, options, outcome,
             [&](const Execution& now, std::uint64_t choices) {
               keep_clock();
               return pick(now, choices);
             });
    keep_clock();
    return verdicts();
  }
  /// By a schedule that is known to be one of the subject.
  Verdicts replay(Subject& subject, const ExecutionOptions& options,
                  const std::vector<Proc>& schedule);

  [[nodiscard]] const Execution& execution() const { return execution_; }

 private:
  void keep_clock();
  [[nodiscard]] Verdicts verdicts() const;
  [[nodiscard]] std::vector<Verdicts::Access> first_accesses(const Race& race) const;

  Execution execution_;
  std::vector<Clock> clocks_;  ///< After each step, of the unit that took it.
  int silence_;
};

}  // namespace assay::controlled
