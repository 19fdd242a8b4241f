/// sample: runs a scenario on real hardware, in tight batches, and counts its outcomes.
///
/// The units of a group (a scenario's units, on cores of their own) meet once a batch at a spinning
/// barrier, wait for a random moment, and then run through an array of instances as fast as they
/// can (scenarios/samples.h). Placement, batch and stride are swept in slices of about 2 ms: half
/// of them go round all settings, half go to the setting that showed the wanted outcomes most often
/// a second. On a large machine several groups run side by side.
///
/// Guarantee: units run in a host process; what hangs, crashes or is killed is counted, removed and
/// told, and the counts so far are kept. Every random choice comes from the seed, but what happens
/// depends on time. Hazards: fork before threads (models/host.h). Samples of a batch are neighbours
/// in time and not independent; a frequency holds for this machine, its load and these settings.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "scenarios/scenario.h"
#include "stress/placement.h"

namespace assay {

struct SampleOptions {
  /// `std_thread` and `fork` run the tight loop, others a loop that gives way between instances.
  BodyRuntime* runtime = nullptr;
  std::size_t units = 0;  ///< 0: the scenario's own.
  std::chrono::nanoseconds duration = std::chrono::seconds(1);
  std::size_t least_batches = 1;  ///< Of each group, however long they take.
  std::uint64_t seed = 1;
  /// Each unit has instances of its own, of which it sees its own writes only. For processes.
  bool private_memory = false;
  /// False: every sample has fresh units, started one after the other as a program would.
  bool rendezvous = true;

  // What is swept; empty: what suits the machine. Batches are rounded up to powers of two, strides
  // to odd numbers.
  std::vector<Placement> placements;
  std::vector<std::size_t> batches;
  std::vector<std::size_t> strides;
  std::size_t groups = 0;  ///< 0: as many as the cores allow.

  /// Time without a finished batch after which the units are given up; 0: 10 s, or 1 s where the
  /// scenario is known to hang.
  std::chrono::nanoseconds stuck_after{0};
};

/// An outcome and how often it was seen.
struct Seen {
  std::string numbers;  ///< Outcome::text.
  std::string broken;   ///< The requirement that did not hold, or empty.
  std::uint64_t count = 0;
};

struct Setting {
  Placement placement = Placement::kAny;
  std::size_t batch = 1;
  std::size_t stride = 1;
};

struct SettingCounts {
  Setting setting;
  std::uint64_t samples = 0;
  double seconds = 0;  ///< Summed over groups.
  std::vector<Seen> seen;
};

struct Histogram {
  std::size_t units = 0;
  std::size_t groups = 1;
  std::uint64_t seed = 1;
  std::uint64_t samples = 0;
  double seconds = 0;
  std::vector<Seen> seen;  ///< The most frequent first.
  std::uint64_t others =
      0;  ///< Samples with outcomes beyond the OutcomeTally::kMost that are kept.
  std::vector<SettingCounts> settings;
  std::uint64_t stuck = 0;  ///< Times that a batch did not end and its units were removed.
  std::string failure;      ///< Why sampling ended early, or empty: a unit crashed, fork failed.

  [[nodiscard]] std::uint64_t count(const std::string& numbers) const;
  [[nodiscard]] std::uint64_t broken() const;
  /// Why there are fewer samples than there was time for, or empty.
  [[nodiscard]] std::string hindrance() const;
  /// Samples whose units were pinned to two cores or more.
  [[nodiscard]] std::uint64_t on_two_cores() const;
};

/// Throws std::invalid_argument for options that contradict each other, std::system_error when no
/// process can be started.
Histogram sample(const Scenario& scenario, const SampleOptions& options);

/// What the scenario comes to when each unit runs alone in memory of its own: the outcomes that
/// private memory allows. Empty where a unit alone does not end.
std::vector<Seen> outcomes_alone(const Scenario& scenario, std::size_t units);

}  // namespace assay
