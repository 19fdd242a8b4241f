/// The kill matrix: every mutant against every probe, and what came of it.
///
/// All cells are observed in workers (report/run.h): a mutant that hangs or crashes takes none of
/// the others with it, and nothing of it is left behind. Hazard: probes fork, so call these from a
/// process with one thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "properties/mutants/mutant.h"
#include "report/result.h"

namespace assay {

/// What became of one claim of a mutant.
enum class Fate : std::uint8_t {
  kKilled,    ///< Refuted, and it is what the mutant was made for.
  kEntailed,  ///< Refuted, as the break entails.
  kPossible,  ///< Refuted, as it may be.
  kKept,      ///< Not refuted, as it must be.
  kOpen,      ///< Neither: inconclusive, or not measured here.
  kUntested,  ///< No probe tests it.
  kSurvived,  ///< It must be refuted, and was not.
  kWrong,     ///< Refuted, and nothing that the mutant does explains it.
};

Fate fate_of(const Mutant& mutant, const Result& result);

/// True for the two fates that no mutant may have.
inline bool is_fault(Fate fate) { return fate == Fate::kSurvived || fate == Fate::kWrong; }

/// One row of the matrix.
struct MutantRow {
  const Mutant* mutant;
  std::vector<Result> results;  ///< One a trait that was observed.
};

struct MatrixOptions {
  std::uint64_t seed = 1;
  std::string race_helper;  ///< As in ProbeOptions.
  /// Called now and then with a mutant, a trait and what the probe says of its round.
  std::function<void(const std::string&)> progress;
};

struct KillMatrix {
  std::vector<MutantRow> rows;
  int signal = 0;  ///< SIGINT or SIGTERM that ended it early, or 0.
  std::chrono::nanoseconds wall{0};
};

/// Observes every trait of every mutant: with quick effort what the mutant lists, and with the
/// least what it keeps. Throws std::system_error when no worker can be started.
KillMatrix make_kill_matrix(const std::vector<const Mutant*>& mutants,
                            const MatrixOptions& options);

/// Observes what each mutant is made to break, and nothing else.
KillMatrix observe_targets(const std::vector<const Mutant*>& mutants, const MatrixOptions& options);

/// "assay mutants --mutant=clone_vm --seed=1".
std::string reproduce_command(const Mutant& mutant, std::uint64_t seed);

/// What is not as the mutants list it, one text a cell: expected, found, and the command that shows
/// it again.
std::vector<std::string> faults_of(const KillMatrix& matrix, std::uint64_t seed);

/// What the mutants list and this machine did not let be measured, one text a cell, as above. A
/// mutant of which nothing was observed is among them.
std::vector<std::string> unmeasured_of(const KillMatrix& matrix, std::uint64_t seed);

/// A mutant a line and a trait a column, plain, at most 100 columns wide, with its legend.
std::string to_table(const KillMatrix& matrix);

/// Of each mutant what it breaks and, a line each, what killed it and why that follows.
std::string to_evidence(const KillMatrix& matrix);

}  // namespace assay
