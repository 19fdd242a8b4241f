/// The checker: is there an order of a history's operations, each at one moment between its
/// invocation and its return, that the specification explains?
///
/// The search of J. M. Wing and C. Gong ("Testing and Verifying Concurrent Objects", JPDC 17, 1993)
/// as improved by G. Lowe ("Testing for linearizability", CCPE 29(4), 2017): depth-first, over a
/// list of calls and returns from which chosen operations are lifted, and never twice into the same
/// pair of chosen operations and state. Exact: pairs are compared whole, not by a hash. Each part
/// of the history (specification.h) is checked by itself.
///
/// Operations that pend may have taken effect or not. Cost: linear where few operations overlap,
/// exponential in how many overlap at most.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "properties/linearizability/history.h"
#include "properties/linearizability/specification.h"

namespace assay::linearizability {

struct Verdict {
  bool linearizable = true;
  History part;  ///< What was not: the first part of the history, or the whole.
  /// The longest order that was found of the part, as places in it.
  std::vector<std::size_t> order;
  std::uint64_t tried = 0;  ///< Operations that were tried as the next one, over all parts.
};

Verdict check(const History& history, const Specification& specification);

/// A history that is not linearizable and as small as this makes it: the end is cut off after the
/// return that decided it, operations that were not yet invoked then left out; only the part that
/// was wrong; and without groups of operations that it stays wrong without. Each of these keeps a
/// linearizable history linearizable, so what remains is a fault of the object as well.
History minimal(const History& wrong, const Specification& specification);

/// The history, one column a unit, one row an event: `+` a call, `|` while it lasts, `-` its
/// return. Where it is not linearizable a line on why. Ends with a newline.
std::string draw(const History& history, const Specification& specification);

}  // namespace assay::linearizability
