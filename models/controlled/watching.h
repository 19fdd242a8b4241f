/// Executions that ThreadSanitizer watches, for tests: what both say of the same schedule.
#pragma once

#include <optional>
#include <vector>

#include "models/controlled/subject.h"

namespace assay::controlled {

/// What was said of one execution.
struct Verdicts {
  std::optional<Race> explorer;
  std::vector<Sighting> tsan;
  std::vector<Proc> schedule;

  /// The first data race that ThreadSanitizer reported, or null.
  [[nodiscard]] const Sighting* race() const;
};

/// Runs a subject while ThreadSanitizer watches. Its reports are not printed: there are thousands.
class Watching {
 public:
  Watching();
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  ~Watching();

  template <typename Pick>
  Verdicts run(Subject& subject, const ExecutionOptions& options, Pick&& pick) {
    Outcome outcome;
    run_once(execution_, subject, options, outcome, std::forward<Pick>(pick));
    return verdicts();
  }
  /// By a schedule that is known to be one of the subject.
  Verdicts replay(Subject& subject, const ExecutionOptions& options,
                  const std::vector<Proc>& schedule);

  [[nodiscard]] const Execution& execution() const { return execution_; }

 private:
  [[nodiscard]] Verdicts verdicts() const;
  Execution execution_;
  int silence_;
};

}  // namespace assay::controlled
