/// Program rounds: what probes that run programs have in common. They run many, at several unit
/// counts, and keep the values of the trait that allow everything that was seen. Of the generated
/// cases (properties/property.h) that exclude a value the smallest is shrunk, with a bounded number
/// of runs.
///
/// Guarantee: a program that did not complete allows no value, unless a limit was in its way
/// (properties/low_limit.h): then it is named and the smaller unit counts stand. Programs must be
/// benign, so that completing is the least that a runtime owes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "properties/probe.h"
#include "properties/property.h"

namespace assay {

/// What the step recorded, or nothing when the trace lacks it.
std::optional<std::int64_t> value_at(const Trace& trace, std::size_t unit, std::size_t step);

class ProgramRounds {
 public:
  ProgramRounds(TraitId trait, Runtime& runtime, const ProbeOptions& options);

  /// The unit counts to look at: the caller's, or 2 and 64, and 1,000 where effort allows (fewer in
  /// sanitized builds, whose threads are dear).
  [[nodiscard]] const std::vector<std::size_t>& units() const { return units_; }
  /// The most units with which a program completed; 0 before one did.
  [[nodiscard]] std::size_t most_units() const;
  [[nodiscard]] bool quick() const { return options_->effort == Effort::kQuick; }

  /// False when the probe has used its time, or nothing more can be learnt because a program did
  /// not complete.
  [[nodiscard]] bool go_on() const;

  /// True when a program did not complete.
  [[nodiscard]] bool failed() const { return !failure_.empty(); }

  /// Runs the program and returns its trace if it completed.
  std::optional<Trace> run(const Program& program);

  /// Looks at `count` cases of the property with so many units (0: 2 to 32): at a few of them
  /// whatever the time, until every label that must occur did, and then no longer than `go_on`.
  /// What they exclude is excluded; by which program, only `show` says.
  void look(const Property& property, std::size_t units, int count);
  /// Of the values that cases excluded, says by which program: the smallest that can be found.
  void show(ValueSet values);
  /// Looks at every property of the trait: `count` cases of 2 to 32 units, and one at each of the
  /// larger unit counts; of the given ones, if any were given. Shows all that they exclude.
  void look_at_properties(int count);

  /// What the oracles counted under this name.
  [[nodiscard]] std::uint64_t counted(const std::string& name) const;
  /// What the first exclusion of the value said; empty when it is not excluded.
  template <typename Value>
  [[nodiscard]] std::string why_not(Value value) const {
    const auto found = why_not_.find(static_cast<std::uint8_t>(value));
    return found != why_not_.end() ? found->second : "";
  }
  /// What was said of the value that was excluded last: where none is left, why not.
  [[nodiscard]] std::string last_exclusion() const {
    return last_excluded_ ? why_not(*last_excluded_) : "";
  }
  /// What was said of the first of these values that is excluded; empty when none is.
  [[nodiscard]] std::string why_not_any(ValueSet values) const;
  /// How many generated programs were run.
  [[nodiscard]] std::uint64_t generated() const { return generated_; }
  /// Labels of the generated programs, and how many had them.
  [[nodiscard]] const std::map<std::string_view, std::uint64_t>& labels() const { return labels_; }

  /// Says that the program excludes a value, and why. The first program that excluded something is
  /// the counterexample unless the probe sets a better one.
  template <typename Value>
  void exclude(Value value, const Program& program, const std::string& why) {
    if (!allows(value)) return;
    exclude_value(static_cast<std::uint8_t>(value), why);
    add_counterexample(static_cast<std::uint8_t>(value), program, why);
  }
  template <typename Value>
  [[nodiscard]] bool allows(Value value) const {
    return observation.allowed.contains(static_cast<std::uint8_t>(value));
  }

  /// The observation so far. `finish` adds the unit counts, seed and limits and returns it;
  /// `reason` is what was seen if everything completed.
  Observation observation;
  Observation finish(const std::string& reason);

 private:
  using Exclusions = std::vector<Finding::Exclusion>;
  /// The smallest case so far that excluded a value, and all that its trace excluded.
  struct Excluder {
    rc::Shrinkable<Case> generated;
    Case found;
    Exclusions exclusions;
  };
  /// What is shown in its place.
  struct Shown {
    Program program;
    Exclusions exclusions;
  };

  void exclude_value(std::uint8_t value, const std::string& why);
  void add_counterexample(std::uint8_t value, const Program& program, const std::string& why);
  void judge(const rc::Shrinkable<Case>& generated, const Case& found, const Trace& trace);
  /// A smaller program that excludes the value, if there is one.
  Shown shrink(std::uint8_t value, const Excluder& excluder);

  /// The trace if the program completed; otherwise what hindered it is kept.
  std::optional<Trace> accept(const Program& program, Trace trace);
  void note_units(const Program& program);
  void note_progress(std::size_t units);

  const Trait* trait_;
  Runtime* runtime_;
  const ProbeOptions* options_;
  std::vector<std::size_t> units_;
  std::chrono::steady_clock::time_point deadline_;
  std::vector<double> seen_units_;
  std::map<std::string_view, std::uint64_t> labels_;
  std::map<std::string, std::uint64_t> counts_;
  std::map<std::uint8_t, std::string> why_not_;
  std::map<std::uint8_t, Excluder> excluders_;  ///< Of the values that were not shown yet.
  std::uint64_t generated_ = 0;  ///< Cases that were run, and the number of the next.
  std::string last_shown_;
  std::optional<std::uint8_t> last_excluded_;
  std::string limit_;    ///< What was in the way of some unit count.
  std::string failure_;  ///< Why a program did not complete.
};

/// What a probe observed, and what the generated cases of its trait exclude beside that.
Observation with_generated_cases(Observation observation, TraitId trait, Runtime& runtime,
                                 const ProbeOptions& options);

}  // namespace assay
