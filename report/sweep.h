/// A sweep: the same cells for many seeds, to learn how often a verdict comes out wrong.
///
/// Seed after seed, so that a sweep that ends early has looked at every cell about equally often.
/// Jobs are processes; each runs every n-th seed and sends each verdict as it is reached.
/// Guarantee: as for `run` (report/run.h), nothing is left behind, and every verdict that was
/// reached before an interruption, or before a job died, is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "report/run.h"

namespace assay {

/// One cell under one seed.
struct SweepRecord {
  std::uint64_t seed = 0;
  std::string runtime;
  TraitId trait = TraitId::kMemorySpace;
  VerdictKind verdict = VerdictKind::kUntested;
  bool fails = false;  ///< A required claim was refuted.
  double seconds = 0;
  std::string reason;   ///< Why, where the verdict is neither confirmed nor unrefuted.
  std::string command;  ///< Shows it again.
};

/// One line of JSON without its end, and back. Throws std::invalid_argument for another line.
std::string to_line(const SweepRecord& record);
SweepRecord sweep_record(const std::string& line);

struct SweepPlan {
  /// Cells, probes, effort and bound of a cell; its seed, budget and callbacks are not read.
  RunPlan plan;
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 100;
  unsigned jobs = 1;
  /// What need not be run again: of these seeds and cells.
  std::vector<SweepRecord> known;
  std::function<void(const SweepRecord&)> reached;  ///< Called with each verdict, as it is reached.
};

struct SweepResult {
  std::vector<SweepRecord> records;  ///< The known ones of this plan, and then the others.
  std::vector<std::string> lost;     ///< Why a job ended before its seeds: "was killed by SIGKILL".
  int signal = 0;                    ///< The signal that ended the sweep, or 0.
  std::chrono::nanoseconds wall{0};
};

/// Throws std::system_error when no process can be started.
SweepResult sweep(const SweepPlan& plan);

/// What all seeds said of one cell.
struct SweepRow {
  std::string runtime;
  TraitId trait = TraitId::kMemorySpace;
  std::uint64_t of_kind[6] = {};  ///< Indexed by VerdictKind.
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  double seconds = 0;  ///< Of all runs.
};

/// One row a cell, in the order in which the cells first appear.
std::vector<SweepRow> rows_of(const std::vector<SweepRecord>& records);

/// Cells whose claims a probe tests; the others give the same answer for every seed.
std::vector<Cell> testable(const std::vector<Cell>& cells);

/// 1: a required claim was refuted; 3: a cell was decided under no seed; 0 otherwise.
int exit_status(const std::vector<SweepRow>& rows);

}  // namespace assay
