/// Kernel rounds: what the programs of one observation have in common, for the probes of what the
/// kernel has a hand in: scheduling, sleep, isolation.
///
/// Tells what did not complete here because of a limit (which spoils that unit count alone) from a
/// benign program that did not complete (which no value of a trait allows).
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "models/sanitized.h"
#include "properties/probe.h"

namespace assay {

/// True in builds with a sanitizer, where units cost many times more. Frame pools know it already.

inline bool is_quick(const ProbeOptions& options) { return options.effort == Effort::kQuick; }

/// The unit counts to observe at: those of the options, or the probe's own. At least `least` each,
/// in ascending order, at most 64 where a sanitizer makes units dear.
std::vector<std::size_t> rungs_of(const ProbeOptions& options, std::vector<std::size_t> own,
                                  std::size_t least = 2);

/// Says when it is time to end early.
class Budget {
 public:
  Budget(const ProbeOptions& options, std::chrono::milliseconds quick,
         std::chrono::milliseconds thorough);
  [[nodiscard]] bool spent() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

class Rounds {
 public:
  explicit Rounds(Runtime& runtime) : runtime_(&runtime) {}

  /// The trace of a program that completed; otherwise nothing, and what hindered it is kept.
  std::optional<Trace> run(const Program& program);

  /// True when a benign program did not complete: no value of a trait allows that.
  [[nodiscard]] bool failed() const { return !failure_.empty(); }

  /// What to return instead of an observation: nothing was measured, or no value allows it.
  [[nodiscard]] std::optional<Observation> spoiled(TraitId trait) const;

  /// Adds the number of programs, the unit counts and the limit that was met.
  void describe(Observation& observation) const;

 private:
  Runtime* runtime_;
  std::vector<std::size_t> counts_;  ///< Unit counts at which programs completed.
  std::uint64_t programs_ = 0;
  std::string limit_;
  std::string failure_;
  std::string failed_program_;
  bool hung_ = false;  ///< It was given up at its bound.
};

/// "0.48" for 0.4791 and 2 digits.
std::string fixed(double number, int digits);

/// "1.00 s", "50 ms", "7 us": three digits at most before a smaller unit would do.
std::string duration_text(std::int64_t ns);

/// "2, 64 and 1000".
std::string list_text(const std::vector<std::size_t>& numbers);

}  // namespace assay
