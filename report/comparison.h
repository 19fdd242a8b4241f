/// What got slower between two files of measurements, and what is noise.
///
/// Reads what `assay --json` writes and what Google Benchmark writes with --benchmark_out and
/// repetitions. A quantity is compared where both files have its samples, or an estimate with its
/// interval; the rest cannot be told from noise, and says so.
///
/// Guarantee: the intervals of all rows hold together with 95 %, so that a file compared with
/// another of the same program is called slower once in twenty times at most, however many rows it
/// has. Hazard: samples of one run share its weather. What is true of the machine in one run and
/// not in the other (load, frequency, placement) is in the ratio and in no interval: take the two
/// runs in turns, and compare more than one pair of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/statistics.h"

namespace assay {

/// One quantity of one file.
struct Measured {
  std::string name;             ///< "coroutine/switch_cost/samples_ns".
  std::vector<double> samples;  ///< Empty where there is an estimate.
  std::optional<Estimate> estimate;
  bool more_is_better = false;
};

/// The quantities of a file. Throws std::invalid_argument, with what to do, for another kind of
/// file.
std::vector<Measured> measured_in(const std::string& text);

enum class Change : std::uint8_t {
  kSlower,  ///< The whole interval lies above 1 + margin.
  kFaster,  ///< It lies below 1 - margin.
  kSame,    ///< It lies within the margin.
  kNoise,   ///< It says nothing of the three.
  kUntold,  ///< Too few samples, or none; `why` says so.
};

std::string_view to_string(Change change);

struct ComparedRow {
  std::string name;
  double before = 0;  ///< Median, or the estimate.
  double after = 0;
  /// How many times as slow as before; where more is better, before over after.
  Estimate slowdown;
  Change change = Change::kUntold;
  std::string why;
};

struct ComparisonOptions {
  double margin = 0.05;  ///< A smaller change is no change.
  std::uint64_t seed = 1;
};

/// One row for each name that both have, in the order of `after`.
std::vector<ComparedRow> compare(const std::vector<Measured>& before,
                                 const std::vector<Measured>& after,
                                 const ComparisonOptions& options);

/// Fewer samples on a side have no interval.
inline constexpr std::size_t kFewestSamples = 5;

}  // namespace assay
