/// Cost comparison: ranks a runtime among its rivals by what one operation costs.
///
/// In the runtime's own idiom (native cost hooks) where all have hooks that count rightly;
/// otherwise all are compared by the same generic program, and the observation says so. The rules
/// of measurement are those of properties/cost_series.h: interleaved, pinned to one core, CPU time
/// where that accounts for all time, at least 30 pairs, intervals of the ratio, and an order that
/// an interval does not separate stays open. So does a close one between native hooks (within a
/// half) of which a second series does not say the same: other work may come and go with one of
/// them for as long as a series takes.
///
/// A program is carried out by layers (interpreter, log, channel) that a runtime's own idiom does
/// not have. What they take is seen in a rival with hooks: what its program costs more than its
/// hook. A difference between two programs within that is the layers', and stays open.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/cost_series.h"
#include "properties/probe.h"

namespace assay {

/// Pairs below which no order is decided.
inline constexpr int kFewestPairs = 30;

/// One sample by the generic form: a program, run by `Runtime::run`.
struct GenericSample {
  double ns = 0;
  double cpu_ns = 0;    ///< CPU time of all that took part; 0 where not known.
  std::string failure;  ///< Why the program did not complete; empty if it did.
  /// It failed because units could not be started, or because it was given up at its bound, which
  /// says nothing of a cost where others hold the core: a yield then takes a slice of theirs.
  bool refused = false;
};

/// What is compared.
struct CostQuestion {
  TraitId trait;
  std::string_view operation;     ///< "a switch".
  std::string_view native_form;   ///< "native hooks: two units hand a turn back and forth".
  std::string_view generic_form;  ///< "a program: two units send a message back and forth".
  /// Samples below it are rejected, in ns an operation.
  double floor_ns;
  /// A native hook that is this many times cheaper than `sanity` does not do what it says.
  double most_overhead;
  std::function<CostSubject(NativeCosts& costs, int core)> native;
  /// Empty: there is no generic form, and runtimes without hooks are not compared.
  std::function<GenericSample(Runtime& runtime)> generic;
  /// The cheapest generic way to the same operation, which a hook is held against.
  std::function<GenericSample(Runtime& runtime)> sanity;
  /// True where the operation is most of what the generic form does, with every runtime that is
  /// dear by its hooks: then who is many times cheaper by them is cheaper in that form, too.
  bool generic_tells_dear = false;
};

/// Measures, compares and ranks. The series of one question and one set of runtimes is kept until
/// another one is asked for: the observations of three runtimes come from one measurement.
Observation compare_costs(const CostQuestion& question, Runtime& runtime,
                          const ProbeOptions& options);

/// A sample of a program's wall time: that of `longer` minus that of `shorter`, over `operations`.
GenericSample time_programs(Runtime& runtime, const Program& longer, const Program& shorter,
                            double operations);

/// The wall time of a program over `operations`.
GenericSample time_program(Runtime& runtime, const Program& program, double operations);

}  // namespace assay
