/// A lesson: one defect seen by the explorer, by real threads and by ThreadSanitizer, and its fixed
/// twin, on which all three are silent.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "models/controlled/schedule.h"
#include "scenarios/scenario.h"
#include "stress/lesson/witness_run.h"
#include "stress/outcomes.h"

namespace assay {

struct LessonOptions {
  /// Nothing: the scenario's own.
  std::optional<std::size_t> units;
  /// Of samples on real threads, the defect's and the twin's each.
  std::chrono::nanoseconds duration = std::chrono::seconds(2);
  /// Random schedules under ThreadSanitizer, where the smallest that fails is not reported.
  std::uint64_t sanitized = 100;
  std::uint64_t executions = 2'000'000;  ///< Of an exploration, at most.
};

/// What the explorer says.
struct Explained {
  std::uint64_t executions = 0;
  bool exhausted = false;
  std::optional<controlled::Minimal> smallest;  ///< The smallest schedule that fails.
  controlled::Story story;                      ///< Of it.
  std::string replay;                           ///< The command that shows it again.
};

/// What happens on real units of this machine, in the batches of `assay stress`.
struct Sampled {
  std::string runtime;
  std::string command;  ///< Samples again.
  Histogram histogram;

  /// No requirement was broken and nothing hung, as far as could be looked.
  [[nodiscard]] bool silent() const { return histogram.broken() == 0 && histogram.stuck == 0; }
  /// Sampling went on to its end, and all that it met was looked at.
  [[nodiscard]] bool complete() const {
    return histogram.hindrance().empty() && histogram.others == 0;
  }
};

/// One scenario by all three.
struct LessonSide {
  const Scenario* scenario = nullptr;
  std::size_t units = 0;
  controlled::MemoryModel memory = controlled::MemoryModel::kSc;
  Explained explored;
  Sampled real;
  Sanitized sanitized;

  /// The explorer saw every interleaving, and nothing is wrong.
  [[nodiscard]] bool explored_in_silence() const {
    return explored.exhausted && !explored.smallest;
  }
  [[nodiscard]] bool reported() const { return sanitized.verdict == Sanitized::Verdict::kReported; }
  /// Nothing wrong by any of the three.
  [[nodiscard]] bool silent() const {
    return explored_in_silence() && real.silent() && !reported();
  }
};

struct Lesson {
  LessonSide defect;
  LessonSide twin;

  /// The explorer found the defect that the scenario declares.
  [[nodiscard]] bool found() const;
  [[nodiscard]] bool holds() const { return found() && twin.silent(); }
  /// All three could look.
  [[nodiscard]] bool complete() const;
};

/// The scenario has a defect; throws std::invalid_argument, with what it is instead, for a twin and
/// for a litmus test. Takes some seconds.
Lesson teach(const Scenario& scenario, const LessonOptions& options);

/// One page, for a terminal that is 100 columns wide.
std::string lesson_text(const Lesson& lesson);
/// By docs/exploring.md.
std::string lesson_json(const Lesson& lesson);

}  // namespace assay
