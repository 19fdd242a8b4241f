/// The oracle of updates: what is left of updates without a lock, with one, and across suspensions.
///
/// Three kinds of cells, each updated in one way only: by a load and a store in a row, by a load, a
/// suspension and a store, and by either under a lock. At the end every unit reads them all.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "properties/program_maker.h"
#include "properties/property.h"

namespace assay {

/// Final sums by region and cell.
using Sums = std::map<std::pair<Region, std::uint32_t>, std::int64_t>;

/// What the cells hold at the end where units take strict turns: all are ready at the start, the
/// first in line runs until it suspends, and is then the last in line. A lock must not be held
/// across a suspension.
Sums sums_of_strict_turns(const Plan& plan);

/// The case of a plan of updates, and where each unit reads the sums at the end.
struct UpdatesCase {
  Case made;
  std::vector<std::pair<Region, std::uint32_t>> cells;
  /// By unit and then by cell.
  std::vector<std::vector<Place>> reads;
};
/// `meet`: they wait for each other before they begin.
UpdatesCase updates_case(const Plan& plan, bool meet = false);

/// The plan with so many times the updates without a lock that cross no suspension: where units run
/// at once, or lose the core between a load and its store, some are lost.
Plan with_many_updates(Plan plan);

/// Plans of updates; `across_lock`: also of such that hold a lock across a suspension.
rc::Gen<Plan> update_plans(std::size_t units, bool across_lock);

}  // namespace assay
