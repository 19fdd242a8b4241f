/// Program rounds: what probes that run programs have in common. They run many, at several unit
/// counts, and keep the values of the trait that allow everything that was seen.
///
/// Guarantee: a program that did not complete allows no value, unless its units could not all be
/// started: then a limit is named and the smaller unit counts stand. Programs must be benign, so
/// that completing is the least that a runtime owes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "properties/probe.h"

namespace assay {

/// Random numbers below `bound`, the same on every machine.
inline std::uint64_t below(std::mt19937_64& random, std::uint64_t bound) {
  return random() % bound;
}

/// Makes every unit wait until all have come here, over two more channels of the program: unit 0
/// gathers the others and lets them go.
void add_barrier(Program& program);

/// A program of `units` units without steps.
Program program_of(std::size_t units);

/// Appends a step to a unit of the program and returns its index there.
std::uint32_t append(Program& program, std::size_t unit, const Step& step);

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
  std::mt19937_64& random() { return random_; }

  /// False when the probe has used its time, or nothing more can be learnt because a program did
  /// not complete.
  [[nodiscard]] bool go_on() const;

  /// True when a program did not complete.
  [[nodiscard]] bool failed() const { return !failure_.empty(); }

  /// Runs the program and returns its trace if it completed.
  std::optional<Trace> run(const Program& program);

  /// Says that the program excludes a value, and why. The first program that excluded something is
  /// the counterexample unless the probe sets a better one.
  template <typename Value>
  void exclude(Value value, const Program& program, const std::string& why) {
    exclude_value(static_cast<std::uint8_t>(value), program, why);
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
  void exclude_value(std::uint8_t value, const Program& program, const std::string& why);

  void note_units(std::size_t units);

  const Trait* trait_;
  Runtime* runtime_;
  const ProbeOptions* options_;
  std::vector<std::size_t> units_;
  std::mt19937_64 random_;
  std::chrono::steady_clock::time_point deadline_;
  std::vector<double> seen_units_;
  std::string last_shown_;
  std::string limit_;    ///< Why some units could not be started.
  std::string failure_;  ///< Why a program did not complete.
};

}  // namespace assay
