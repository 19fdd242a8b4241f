#include "properties/visibility.h"

#include <rapidcheck/seq/Create.h>
#include <rapidcheck/shrinkable/Create.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "properties/draw.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::array<MemorySpace, 3> kSpaces{MemorySpace::kSeparate, MemorySpace::kShared,
                                             MemorySpace::kSharedSameThread};

std::string_view slug_of(MemorySpace space) {
  return trait(TraitId::kMemorySpace).values[static_cast<std::size_t>(space)].slug;
}

/// True when a write by one unit is seen by all.
bool is_common(Region region, MemorySpace space) {
  if (region == Region::kSharedMapping) return true;
  if (region == Region::kThreadLocal) return space == MemorySpace::kSharedSameThread;
  return space != MemorySpace::kSeparate;
}

/// Holds a trace against what each value of the trait expects.
class Oracle {
 public:
  explicit Oracle(Accesses accesses) : accesses_(std::move(accesses)) {
    for (const MemorySpace space : kSpaces) {
      expected_.push_back(expected_reads(accesses_.moves, space));
    }
    for (std::size_t i = 0; i < size(); ++i) {
      const Move& move = accesses_.moves[i];
      // Only these are ordered: a unit that has another one to come waits for those before it.
      if (move.step.op != Op::kWrite && move.step.op != Op::kRead) continue;
      first_.try_emplace(move.unit, i);
      last_[move.unit] = i;
    }
  }

  [[nodiscard]] Finding judge(const Trace& trace) const {
    Finding finding;
    for (const MemorySpace space : kSpaces) {
      const std::size_t wrong = first_disagreement(trace, space);
      if (wrong < size()) finding.exclude(space, explain(trace, wrong));
    }
    count_sightings(trace, finding);
    return finding;
  }

  /// Reads that tell where memory is shared.
  [[nodiscard]] std::vector<std::string_view> labels() const {
    std::vector<std::string_view> labels;
    const auto add = [&](bool occurs, std::string_view label) {
      if (occurs) labels.push_back(label);
    };
    bool anywhere = false;
    std::array<bool, kRegions> of{};
    for (std::size_t i = 0; i < size(); ++i) {
      if (!tells(i)) continue;
      of.at(static_cast<std::size_t>(accesses_.moves[i].step.region)) = anywhere = true;
    }
    constexpr std::array<std::string_view, kRegions> kLabels{
        "a sibling's write read on the heap",
        "a sibling's write read in a global",
        "a sibling's write read on the starter's stack",
        "a sibling's write read in thread-local storage",
        "a sibling's write read in a private mapping",
        "a sibling's write read in a shared mapping"};
    for (std::size_t region = 0; region < kRegions; ++region)
      add(of.at(region), kLabels.at(region));
    add(!anywhere, "no read of a sibling's write");
    return labels;
  }

 private:
  [[nodiscard]] std::size_t size() const { return accesses_.moves.size(); }
  [[nodiscard]] bool reads(std::size_t i) const { return accesses_.moves[i].step.op == Op::kRead; }
  [[nodiscard]] const std::vector<std::int64_t>& expected(MemorySpace space) const {
    return expected_[static_cast<std::size_t>(space)];
  }
  [[nodiscard]] std::optional<std::int64_t> seen(const Trace& trace, std::size_t i) const {
    return value_at(trace, accesses_.places[i].unit, accesses_.places[i].step);
  }

  /// True for a read of what a sibling wrote last. In the shared mapping all values agree on it.
  [[nodiscard]] bool tells(std::size_t i) const {
    if (!reads(i)) return false;
    const std::int64_t all = expected(MemorySpace::kSharedSameThread)[i];
    if (all == 0 || agrees_as_heir(all, i)) return false;
    return accesses_.moves[i].step.region == Region::kSharedMapping ||
           all != expected(MemorySpace::kSeparate)[i];
  }

  /// The first read that disagrees with the value; the number of accesses if none does.
  [[nodiscard]] std::size_t first_disagreement(const Trace& trace, MemorySpace space) const {
    std::size_t i = 0;
    while (i < size() && (!reads(i) || agrees(seen(trace, i), i, space))) ++i;
    return i;
  }

  /// A unit whose predecessor had come to its end may have taken over its thread, as in a pool.
  [[nodiscard]] bool agrees(std::optional<std::int64_t> value, std::size_t i,
                            MemorySpace space) const {
    if (value == expected(space)[i]) return true;
    const Move& move = accesses_.moves[i];
    if (space != MemorySpace::kShared || move.step.region != Region::kThreadLocal) return false;
    // What it wrote itself it must read.
    if (expected(space)[i] != 0) return false;
    for (std::size_t before = 0; before < i; ++before) {
      const Move& write = accesses_.moves[before];
      const bool wrote_it = write.step.op == Op::kWrite && write.step.value == value &&
                            write.step.region == move.step.region &&
                            write.step.cell == move.step.cell;
      if (wrote_it && may_have_ended_before(write.unit, move.unit)) return true;
    }
    return false;
  }

  /// True when nothing makes `unit` live until `other` begins.
  [[nodiscard]] bool may_have_ended_before(std::uint32_t unit, std::uint32_t other) const {
    return last_.at(unit) < first_.at(other);
  }

  [[nodiscard]] std::string explain(const Trace& trace, std::size_t i) const {
    const Move& wrong = accesses_.moves[i];
    const auto value = seen(trace, i);
    std::string text = "unit " + std::to_string(wrong.unit) + " read " +
                       (value ? std::to_string(*value) : "nothing") + " from " +
                       std::string(to_string(wrong.step.region)) + "[" +
                       std::to_string(wrong.step.cell) + "]";
    for (const MemorySpace space : kSpaces) {
      text += (space == kSpaces[0] ? "; expected " : ", ") + std::to_string(expected(space)[i]) +
              " where " + std::string(slug_of(space));
    }
    return text;
  }

  void count_sightings(const Trace& trace, Finding& finding) const {
    std::array<std::uint64_t, kRegions> possible{};
    std::array<std::uint64_t, kRegions> sighted{};
    for (std::size_t i = 0; i < size(); ++i) {
      finding.tries += reads(i) ? 1 : 0;
      if (!tells(i)) continue;
      const auto region = static_cast<std::size_t>(accesses_.moves[i].step.region);
      ++possible.at(region);
      if (seen(trace, i) == expected(MemorySpace::kSharedSameThread)[i]) ++sighted.at(region);
    }
    for (std::size_t region = 0; region < kRegions; ++region) {
      const std::string name(to_string(static_cast<Region>(region)));
      finding.counts.emplace_back(name + "_sibling_writes", possible.at(region));
      finding.counts.emplace_back(name + "_sibling_writes_seen", sighted.at(region));
    }
  }

  /// True when the value may be that of a predecessor in the same thread.
  [[nodiscard]] bool agrees_as_heir(std::int64_t value, std::size_t i) const {
    return value != expected(MemorySpace::kShared)[i] && agrees(value, i, MemorySpace::kShared);
  }

  Accesses accesses_;
  std::vector<std::vector<std::int64_t>> expected_;
  /// Of each unit, its first and its last read or write.
  std::map<std::uint32_t, std::size_t> first_;
  std::map<std::uint32_t, std::size_t> last_;
};

Case case_of(Program program, Accesses accesses) {
  const auto oracle = std::make_shared<const Oracle>(std::move(accesses));
  Case made;
  made.program = std::move(program);
  made.labels = oracle->labels();
  made.judge = [oracle](const Trace& trace) { return oracle->judge(trace); };
  return made;
}

/// Appends accesses of the same kind to every region.
class Fan {
 public:
  explicit Fan(std::uint32_t units) : maker_(units) {}

  void access_all_regions(std::uint32_t unit, const Step& like) {
    for (int region = 0; region < kRegions; ++region) {
      Move move{unit, like};
      move.step.region = static_cast<Region>(region);
      accesses_.moves.push_back(move);
      accesses_.places.push_back(maker_.append(unit, move.step));
    }
  }
  void barrier() { maker_.barrier(); }
  Case take() { return case_of(maker_.take(), std::move(accesses_)); }

 private:
  ProgramMaker maker_;
  Accesses accesses_;
};

}  // namespace

std::vector<std::int64_t> expected_reads(const std::vector<Move>& moves, MemorySpace space) {
  constexpr std::uint32_t kEveryone = ~0U;
  std::map<std::tuple<std::uint32_t, Region, std::uint32_t>, std::int64_t> memory;
  std::vector<std::int64_t> expected(moves.size(), 0);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const Step& step = moves[i].step;
    if (step.op != Op::kWrite && step.op != Op::kRead) continue;
    const std::uint32_t owner = is_common(step.region, space) ? kEveryone : moves[i].unit;
    std::int64_t& cell = memory[{owner, step.region, step.cell}];
    if (step.op == Op::kWrite) {
      cell = step.value;
    } else {
      expected[i] = cell;
    }
  }
  return expected;
}

const Mix& visibility_mix() {
  static const Mix kMix{.kinds = {{Kind::kWrite, 30},
                                  {Kind::kRead, 30},
                                  {Kind::kYield, 8},
                                  {Kind::kSpin, 2},
                                  {Kind::kSleep, 1},
                                  {Kind::kRecord, 4},
                                  {Kind::kSend, 4},
                                  {Kind::kLockedAdd, 2},
                                  {Kind::kLockedAddAcross, 1},
                                  {Kind::kAdd, 2}}};
  return kMix;
}

Case visibility_case(const Plan& plan) {
  ProgramMaker maker(plan.units);
  Accesses accesses{plan.moves, maker.append(plan, true)};
  return case_of(maker.take(), std::move(accesses));
}

Case fan_case(std::uint32_t units) {
  Fan fan(units);
  fan.access_all_regions(0, write(Region::kHeap, 0, 1));
  fan.barrier();
  for (std::uint32_t unit = 1; unit < units; ++unit) {
    // Units that share a cell write the same value, so that their order does not matter.
    const std::uint32_t cell = 1 + (unit - 1) % (kCells - 1);
    fan.access_all_regions(unit, read(Region::kHeap, 0));
    fan.access_all_regions(unit, write(Region::kHeap, cell, cell + 1));
  }
  fan.barrier();
  for (std::uint32_t cell = 0; cell < std::min(units, kCells); ++cell) {
    fan.access_all_regions(0, read(Region::kHeap, cell));
  }
  return fan.take();
}

rc::Gen<Everyone::Size> Everyone::sizes(std::size_t units) {
  constexpr std::uint32_t kMost = 32;
  return [units](const rc::Random& random, int) {
    Draw draw(random);
    const std::uint32_t drawn = 2 + draw.below32(kMost - 1);
    const Size size{units > 0 ? static_cast<std::uint32_t>(units) : drawn, draw.below32(kCells)};
    return rc::shrinkable::shrinkRecur(size, [](const Size& large) {
      std::vector<Size> smaller;
      for (std::uint32_t fewer = 2; fewer < large.units; fewer += (large.units - fewer + 1) / 2) {
        smaller.push_back({fewer, large.cell});
      }
      if (large.cell > 0) smaller.push_back({large.units, 0});
      return rc::seq::fromContainer(std::move(smaller));
    });
  };
}

Everyone::Everyone(const Size& size, const std::vector<Region>& regions)
    : regions_(regions), places_(regions.size()) {
  const auto [units, cell] = size;
  ProgramMaker maker(units);
  for (std::uint32_t unit = 0; unit < units; ++unit) {
    for (const Region region : regions_) maker.append(unit, write(region, cell, unit + 1));
  }
  maker.barrier();
  for (std::uint32_t unit = 0; unit < units; ++unit) {
    for (std::size_t i = 0; i < regions_.size(); ++i) {
      places_[i].push_back(maker.append(unit, read(regions_[i], cell)));
    }
  }
  // Nobody ends, and leaves its memory to another, before all have read.
  maker.barrier();
  program_ = maker.take();
}

std::string Everyone::found(std::size_t unit, std::int64_t value, std::size_t region) const {
  return "when all units had written their numbers to the same cell, unit " + std::to_string(unit) +
         " read " + std::to_string(value) + " from " + std::string(to_string(regions_[region]));
}

std::string Everyone::why_not_common(const Trace& trace, std::size_t region) const {
  const std::int64_t first = value_at(trace, 0, places_[region][0].step).value_or(0);
  for (const Place& place : places_[region]) {
    const std::int64_t value = value_at(trace, place.unit, place.step).value_or(0);
    if (value != first) {
      return found(place.unit, value, region) + ", and unit 0 read " + std::to_string(first);
    }
  }
  const bool somebodys = first > 0 && first <= static_cast<std::int64_t>(places_[region].size());
  return somebodys ? "" : found(0, first, region) + ", which nobody wrote";
}

std::string Everyone::why_not_own(const Trace& trace, std::size_t region) const {
  for (const Place& place : places_[region]) {
    const std::int64_t value = value_at(trace, place.unit, place.step).value_or(0);
    if (value == place.unit + 1) continue;
    return found(place.unit, value, region) + " instead of " + std::to_string(place.unit + 1);
  }
  return "";
}

Case everyone_case(const Everyone::Size& size) {
  static const std::vector<Region> kAll{Region::kHeap,           Region::kGlobal,
                                        Region::kStack,          Region::kThreadLocal,
                                        Region::kPrivateMapping, Region::kSharedMapping};
  const auto everyone = std::make_shared<const Everyone>(size, kAll);
  Case made;
  made.program = everyone->program();
  made.labels = {kAllWrite};
  made.judge = [everyone, units = size.units](const Trace& trace) {
    Finding finding;
    finding.tries = units * kAll.size();
    for (const MemorySpace space : kSpaces) {
      for (std::size_t i = 0; i < kAll.size(); ++i) {
        const std::string why = is_common(kAll[i], space) ? everyone->why_not_common(trace, i)
                                                          : everyone->why_not_own(trace, i);
        if (why.empty()) continue;
        finding.exclude(space, why);
        break;
      }
    }
    return finding;
  };
  return made;
}

}  // namespace assay
