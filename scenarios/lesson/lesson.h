/// A lesson: one defect seen by the explorer, by real threads and by ThreadSanitizer, and its fixed
/// twin, on which all three are silent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/controlled/schedule.h"
#include "scenarios/lesson/real_sample.h"
#include "scenarios/lesson/witness_run.h"
#include "scenarios/scenario.h"

namespace assay {

struct LessonOptions {
  /// Nothing: the scenario's own.
  std::optional<std::size_t> units;
  SampleLimits real;
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

/// One scenario by all three.
struct LessonSide {
  const Scenario* scenario = nullptr;
  std::size_t units = 0;
  controlled::MemoryModel memory = controlled::MemoryModel::kSc;
  Explained explored;
  RealSample real;
  Sanitized sanitized;

  /// Nothing wrong by any of the three; the explorer saw every interleaving.
  [[nodiscard]] bool silent() const;
};

struct Lesson {
  LessonSide defect;
  LessonSide twin;

  /// The explorer found the defect that the scenario declares, and its twin is silent.
  [[nodiscard]] bool holds() const;
  /// All three could look.
  [[nodiscard]] bool complete() const;
};

/// The scenario has a defect; throws std::invalid_argument, with what it is instead, for a twin and
/// for a litmus test. Takes some seconds.
Lesson teach(const Scenario& scenario, const LessonOptions& options);

/// "sc" or "tso".
std::string name_of(controlled::MemoryModel memory);

/// One page, for a terminal that is 100 columns wide.
std::string lesson_text(const Lesson& lesson);
/// By docs/exploring.md.
std::string lesson_json(const Lesson& lesson);

}  // namespace assay
