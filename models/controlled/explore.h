/// explore: runs the executions of a subject that a strategy names, and says what they came to.
///
/// Guarantee: `exhausted` is true only when no schedule within the stated bounds was left out, up
/// to equivalence where the search is reduced. A failure comes with its schedule, which repeats it
/// (`replay`). Every random choice comes from `seed`.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/controlled/sampling.h"
#include "models/controlled/subject.h"

namespace assay::controlled {

enum class Strategy : std::uint8_t { kDfs, kRandom, kPct };

struct ExploreOptions {
  ExecutionOptions execution;
  Strategy strategy = Strategy::kDfs;
  /// Of kDfs: one execution of each class of equivalent ones. Not with a bound of preemptions and
  /// not in cooperative mode, where all schedules are visited.
  bool reduce = true;
  std::optional<std::uint32_t> preemptions;  ///< Of kDfs.
  std::uint64_t executions = 10'000'000;     ///< At most.
  std::uint64_t seed = 1;
  std::uint32_t depth = 2;  ///< Of kPct.
  bool stop_at_failure = false;
  /// Runs one schedule twice before all else, and ends where it differs. Not counted.
  bool looks_twice = true;
};

struct Failing {
  FailureKind kind;
  std::string text;
  std::vector<Proc> schedule;  ///< Up to the failure.
  std::optional<Race> race;
};

struct Exploration {
  std::uint64_t executions = 0;
  /// Executions that were given up because what follows was visited before; 0 in an optimal search.
  std::uint64_t redundant = 0;
  std::uint64_t failing = 0;  ///< Executions with a failure.
  bool exhausted = false;
  /// Set when an execution came to the bound of steps: then nothing is exhausted.
  bool cut = false;
  std::uint32_t longest = 0;  ///< Steps of the longest execution.
  std::size_t most_branches = 0;
  std::map<Outcome, std::uint64_t> outcomes;
  /// What should hold sometimes (Outcome::sometimes), and in how many executions it did.
  std::map<std::string, std::uint64_t> sometimes;
  /// The first of each kind.
  std::array<std::optional<Failing>, kFailureKinds> failures;
  std::optional<Certificate> pct;

  [[nodiscard]] bool passed() const { return failing == 0; }
  [[nodiscard]] const Failing* failure(FailureKind kind) const {
    const auto& found = failures.at(static_cast<std::size_t>(kind));
    return found ? &*found : nullptr;
  }
  /// What should hold sometimes and never did.
  [[nodiscard]] std::vector<std::string> never() const;
  /// The most telling one: an assertion before the race that explains it. Null when there is none.
  [[nodiscard]] const Failing* failure() const;
};

Exploration explore(Subject& subject, const ExploreOptions& options);

/// Counts outcomes: the few that there are mostly in a list whose order follows their frequency.
class OutcomeCounts {
 public:
  void add(const Outcome& outcome);
  [[nodiscard]] std::map<Outcome, std::uint64_t> all() const;

 private:
  static constexpr std::size_t kListed = 32;
  std::vector<std::pair<Outcome, std::uint64_t>> counts_;
  std::map<Outcome, std::uint64_t> others_;
};

/// What executions come to, as a strategy runs them.
class Record {
 public:
  /// An execution that came to its end.
  void add(const Execution& execution, const Outcome& outcome);
  Exploration take();

  /// Without outcomes before `take`.
  Exploration result;

 private:
  [[nodiscard]] bool has(FailureKind kind) const {
    return result.failures[static_cast<std::size_t>(kind)].has_value();
  }
  OutcomeCounts outcomes_;
};

/// The failures of an execution that just ended, each with its schedule.
std::vector<Failing> failures_of(const Execution& execution);

}  // namespace assay::controlled
