#include "properties/updates.h"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <set>

#include "properties/plan_cases.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

/// Every unit writes its number here, on the heap: who reads the same number shares its memory.
constexpr std::uint32_t kSpaceCell = kCells - 1;

constexpr std::string_view kPlain = "an update that crosses no suspension, of a cell of several";
constexpr std::string_view kAcross = "an update across a suspension, of a cell of several";
constexpr std::string_view kLocked = "an update under a lock, of a cell of several";
constexpr std::string_view kMany = "thousands of updates without a lock, by each of several";

constexpr std::uint32_t kTimes = 2'000;

using CellName = std::pair<Region, std::uint32_t>;

bool updates(const Move& move) {
  return move.step.op == Op::kAdd || move.step.op == Op::kAddAcross;
}

CellName cell_of(const Move& move) { return {move.step.region, move.step.cell}; }

std::int64_t sum_of(const Move& move) { return move.step.count * move.step.value; }

bool is_across(const CellName& cell) {
  return cell.second >= kAddAcrossCells && cell.second < kLockedAddCells;
}
bool is_locked(const CellName& cell) { return cell.second >= kLockedAddCells; }

std::string name_of(const CellName& cell) {
  return std::string(to_string(cell.first)) + "[" + std::to_string(cell.second) + "]";
}

/// One unit under strict turns: the steps up to its next suspension.
class Turns {
 public:
  Turns(std::vector<const Move*> moves, Sums& memory)
      : moves_(std::move(moves)), memory_(&memory) {}

  /// Runs up to the next suspension; false when there is none before the end.
  bool run() {
    if (loaded_) store();
    for (; at_ < moves_.size(); ++at_, done_ = 0) {
      const Move& move = *moves_[at_];
      if (move.step.op == Op::kAdd) (*memory_)[cell_of(move)] += sum_of(move);
      if (move.step.op != Op::kYield && move.step.op != Op::kAddAcross) continue;
      if (done_ == move.step.count) continue;
      ++done_;
      if (move.step.op == Op::kAddAcross) loaded_ = (*memory_)[cell_of(move)];
      return true;
    }
    return false;
  }

 private:
  void store() {
    const Move& move = *moves_[at_];
    (*memory_)[cell_of(move)] = *loaded_ + move.step.value;
    loaded_.reset();
  }

  std::vector<const Move*> moves_;
  Sums* memory_;
  std::size_t at_ = 0;
  std::uint32_t done_ = 0;              ///< Suspensions of the current move.
  std::optional<std::int64_t> loaded_;  ///< Before a suspension, to be stored after.
};

/// What the units read at the end, held against what each value of the trait allows.
class Oracle {
 public:
  Oracle(const Plan& plan, std::vector<CellName> cells, std::vector<Place> spaces,
         std::vector<std::vector<Place>> reads)
      : units_(plan.units),
        cells_(std::move(cells)),
        spaces_(std::move(spaces)),
        reads_(std::move(reads)),
        own_(units_) {
    for (const Move& move : plan.moves) {
      if (!updates(move)) continue;
      own_[move.unit][cell_of(move)] += sum_of(move);
      total_[cell_of(move)] += sum_of(move);
      updaters_[cell_of(move)].insert(move.unit);
      if (move.step.count >= kTimes) many_[cell_of(move)].insert(move.unit);
    }
  }

  [[nodiscard]] std::vector<std::string_view> labels() const {
    std::set<std::string_view> labels;
    for (const auto& [cell, updaters] : updaters_) {
      if (updaters.size() < 2) continue;
      labels.insert(is_locked(cell) ? kLocked : is_across(cell) ? kAcross : kPlain);
      if (const auto many = many_.find(cell); many != many_.end() && many->second.size() > 1) {
        labels.insert(kMany);
      }
    }
    return {labels.begin(), labels.end()};
  }

  [[nodiscard]] Finding judge(const Trace& trace) const {
    Finding finding;
    for (const auto& [cell, total] : total_) finding.tries += static_cast<std::uint64_t>(total);
    exclude(finding, UnlockedUpdates::kPrivate, wrong_if_private(trace));
    exclude(finding, UnlockedUpdates::kKept, wrong_if_common(trace, true));
    exclude(finding, UnlockedUpdates::kLost, wrong_if_common(trace, false));
    if (loses(trace)) finding.witness(UnlockedUpdates::kLost);
    return finding;
  }

 private:
  static void exclude(Finding& finding, UnlockedUpdates value, std::string why) {
    if (!why.empty()) finding.exclude(value, std::move(why));
  }

  [[nodiscard]] std::int64_t read(const Trace& trace, std::uint32_t unit, std::size_t cell) const {
    return value_at(trace, unit, reads_[unit][cell].step).value_or(-1);
  }
  [[nodiscard]] std::int64_t space(const Trace& trace, std::uint32_t unit) const {
    return value_at(trace, unit, spaces_[unit].step).value_or(-1);
  }

  static std::string said(std::uint32_t unit, const CellName& cell, std::int64_t seen,
                          const std::string& expected) {
    return "unit " + std::to_string(unit) + " read " + std::to_string(seen) + " from " +
           name_of(cell) + "; expected " + expected;
  }

  /// Units share their memory, and some of it lacks updates that cross no suspension.
  [[nodiscard]] bool loses(const Trace& trace) const {
    for (std::uint32_t unit = 0; unit < units_; ++unit) {
      if (space(trace, unit) != space(trace, 0)) return false;
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (is_locked(cells_[i]) || is_across(cells_[i])) continue;
      if (updaters_.at(cells_[i]).size() > 1 && read(trace, 0, i) < total_.at(cells_[i]))
        return true;
    }
    return false;
  }

  [[nodiscard]] std::string wrong_if_private(const Trace& trace) const {
    for (std::uint32_t unit = 0; unit < units_; ++unit) {
      if (space(trace, unit) != unit + 1) return "units share the heap";
      for (std::size_t i = 0; i < cells_.size(); ++i) {
        const auto own = own_[unit].find(cells_[i]);
        const std::int64_t expected = own != own_[unit].end() ? own->second : 0;
        const std::int64_t seen = read(trace, unit, i);
        if (seen == expected) continue;
        return said(unit, cells_[i], seen, std::to_string(expected) + ", its own updates alone");
      }
    }
    return "";
  }

  [[nodiscard]] std::string wrong_if_common(const Trace& trace, bool kept) const {
    for (std::uint32_t unit = 0; unit < units_; ++unit) {
      if (space(trace, unit) != space(trace, 0)) return "units do not share the heap";
      for (std::size_t i = 0; i < cells_.size(); ++i) {
        const std::string why = wrong_sum(unit, cells_[i], read(trace, unit, i), kept);
        if (!why.empty()) return why;
      }
    }
    return "";
  }

  /// With a lock nothing is lost, whatever the value; something is left of everything.
  [[nodiscard]] std::string wrong_sum(std::uint32_t unit, const CellName& cell, std::int64_t seen,
                                      bool kept) const {
    const std::int64_t total = total_.at(cell);
    if (is_locked(cell)) {
      return seen == total ? ""
                           : said(unit, cell, seen,
                                  "all " + std::to_string(total) + " updates, which took a lock");
    }
    if (kept && !is_across(cell) && seen != total) {
      return said(unit, cell, seen,
                  "all " + std::to_string(total) + " updates, which cross no suspension");
    }
    if (seen >= 1 && seen <= total) return "";
    return said(unit, cell, seen, "1 to " + std::to_string(total));
  }

  std::uint32_t units_;
  std::vector<CellName> cells_;
  std::vector<Place> spaces_;
  std::vector<std::vector<Place>> reads_;
  std::vector<Sums> own_;
  Sums total_;
  std::map<CellName, std::set<std::uint32_t>> updaters_;
  std::map<CellName, std::set<std::uint32_t>> many_;  ///< Who updates it thousands of times.
};

rc::Gen<Case> cases(std::size_t units) {
  return cases_from(update_plans(units, true),
                    [](const Plan& one) { return updates_case(one).made; });
}

const PropertyRegistration kAtomicity({TraitId::kUnlockedUpdates,
                                       "UpdatesAreKeptAsTheValueSaysAndAlwaysUnderALock",
                                       &cases,
                                       {kPlain, kAcross, kLocked}});

/// Few moves, each with many updates.
rc::Gen<Case> cases_of_many(std::size_t units) {
  const Mix mix{.kinds = {{Kind::kAdd, 8}, {Kind::kLockedAdd, 1}, {Kind::kYield, 1}},
                .regions = {Region::kHeap, Region::kGlobal},
                .most_moves = 24,
                .ordered = false};
  return cases_from(plans(mix, units), [](const Plan& one) {
    return updates_case(with_many_updates(one), true).made;
  });
}

const PropertyRegistration kLosses({TraitId::kUnlockedUpdates,
                                    "ManyUpdatesAreLostOrKeptAsTheValueSays",
                                    &cases_of_many,
                                    {kMany},
                                    {UnlockedUpdates::kLost}});

}  // namespace

Plan with_many_updates(Plan plan) {
  for (Move& move : plan.moves) {
    if (move.step.op == Op::kAdd && !move.locked) move.step.count *= kTimes;
  }
  return plan;
}

Sums sums_of_strict_turns(const Plan& plan) {
  Sums memory;
  std::vector<std::vector<const Move*>> of_unit(plan.units);
  for (const Move& move : plan.moves) {
    if (updates(move)) memory[cell_of(move)] = 0;
    of_unit[move.unit].push_back(&move);
  }
  std::deque<Turns> ready;
  for (auto& moves : of_unit) ready.emplace_back(std::move(moves), memory);
  while (!ready.empty()) {
    Turns first = std::move(ready.front());
    ready.pop_front();
    if (first.run()) ready.push_back(std::move(first));
  }
  return memory;
}

UpdatesCase updates_case(const Plan& plan, bool meet) {
  UpdatesCase result;
  std::set<CellName> cells;
  for (const Move& move : plan.moves) {
    if (updates(move)) cells.insert(cell_of(move));
  }
  result.cells.assign(cells.begin(), cells.end());
  ProgramMaker maker(plan.units);
  for (std::uint32_t unit = 0; unit < plan.units; ++unit) {
    maker.append(unit, write(Region::kHeap, kSpaceCell, unit + 1));
  }
  if (meet) maker.barrier();
  maker.append(plan, false);
  maker.barrier();
  std::vector<Place> spaces;
  result.reads.resize(plan.units);
  for (std::uint32_t unit = 0; unit < plan.units; ++unit) {
    spaces.push_back(maker.append(unit, read(Region::kHeap, kSpaceCell)));
    for (const CellName& cell : result.cells) {
      result.reads[unit].push_back(maker.append(unit, read(cell.first, cell.second)));
    }
  }
  result.made.program = maker.take();
  const auto oracle = std::make_shared<const Oracle>(plan, result.cells, spaces, result.reads);
  result.made.labels = oracle->labels();
  result.made.judge = [oracle](const Trace& trace) { return oracle->judge(trace); };
  return result;
}

rc::Gen<Plan> update_plans(std::size_t units, bool across_lock) {
  // Private mappings and stacks are shared by those who share the heap.
  Mix mix{.kinds = {{Kind::kAdd, 8},
                    {Kind::kAddAcross, 6},
                    {Kind::kLockedAdd, 4},
                    {Kind::kYield, 4},
                    {Kind::kSpin, 1}},
          .regions = {Region::kHeap, Region::kGlobal, Region::kStack, Region::kPrivateMapping},
          .most_moves = 160,
          .ordered = false};
  // Those who wait for a lock spin: with many of them a suspension inside is dear.
  if (across_lock && units < 64) mix.kinds.emplace_back(Kind::kLockedAddAcross, 2);
  return plans(mix, units);
}

}  // namespace assay
