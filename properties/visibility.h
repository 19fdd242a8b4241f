/// The oracle of memory spaces: what a read must return where memory is shared, and where not.
///
/// Reads and writes whose order is certain are looked at in that order. Where memory is shared, a
/// read returns what was last written by anybody; where it is not, what its unit wrote last. A unit
/// that may have begun when another had ended may find the other's thread-local storage even where
/// every live unit has its own: pools of threads are no counterexample to "shared".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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

/// Label of a program in which all units write to the same cells.
inline constexpr std::string_view kAllWrite = "a cell that all units write and all read";

/// Every unit writes its number to the same cell of each of the regions, and when all have, reads
/// it: where memory is shared all read the same, and where it is not each reads its own. So any two
/// units that share what they must not are seen, and any two that do not share what they must.
class Everyone {
 public:
  struct Size {
    std::uint32_t units;
    std::uint32_t cell;
  };
  /// As many units as are asked for (0: 2 to 32), and some cell; shrinks to fewer.
  static rc::Gen<Size> sizes(std::size_t units);

  Everyone(const Size& size, const std::vector<Region>& regions);

  [[nodiscard]] const Program& program() const { return program_; }
  /// Why the reads of a region are not those of memory that all share, or of memory that each has
  /// of its own; empty when they are.
  [[nodiscard]] std::string why_not_common(const Trace& trace, std::size_t region) const;
  [[nodiscard]] std::string why_not_own(const Trace& trace, std::size_t region) const;

 private:
  [[nodiscard]] std::string found(std::size_t unit, std::int64_t value, std::size_t region) const;

  std::vector<Region> regions_;
  std::vector<std::vector<Place>> places_;  ///< By region, where each unit reads it.
  Program program_;
};

/// The case of all regions, for the trait of memory spaces.
Case everyone_case(const Everyone::Size& size);

}  // namespace assay
