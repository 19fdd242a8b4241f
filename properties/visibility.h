/// The oracle of memory spaces: what a read must return where memory is shared, and where not.
///
/// Reads and writes whose order is certain are looked at in that order. Where memory is shared, a
/// read returns what was last written by anybody; where it is not, what its unit wrote last. A unit
/// that may have begun when another had ended may find the other's thread-local storage even where
/// every live unit has its own: pools of threads are no counterexample to "shared".
#pragma once

#include <cstdint>
#include <vector>

#include "models/trait_table.h"
#include "properties/program_maker.h"
#include "properties/property.h"

namespace assay {

/// Reads and writes in the order in which they happen; other moves are not looked at.
struct Accesses {
  std::vector<Move> moves;
  std::vector<Place> places;  ///< Where each stands in the program.
};

/// What each move must record where memory is of this kind; 0 for all but reads, and for reads of
/// what nobody wrote.
std::vector<std::int64_t> expected_reads(const std::vector<Move>& moves, MemorySpace space);

/// What plans of reads and writes are made of, with all else that may happen between them.
const Mix& visibility_mix();

/// The case of a plan, which must be ordered.
Case visibility_case(const Plan& plan);

/// Unit 0 writes, all others read and write at once, unit 0 reads: two barriers for any number of
/// units, where a channel for each would cost too many descriptors. What the reads must return is
/// that of the order in which the moves were added, in whatever order the others run.
Case fan_case(std::uint32_t units);

}  // namespace assay
