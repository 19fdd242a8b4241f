#include "properties/sequences.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::uint32_t kCellsInPlay = 2;
constexpr std::uint32_t kUnitTakesPart = ~0U;

Step step_of(const Access& access) {
  return access.writes ? write(access.region, access.cell, access.value)
                       : read(access.region, access.cell);
}

/// True when a write by one unit is seen by all.
bool is_common(Region region, MemorySpace space) {
  if (region == Region::kSharedMapping) return true;
  if (region == Region::kThreadLocal) return space == MemorySpace::kSharedSameThread;
  return space != MemorySpace::kSeparate;
}

Sequence without(const Sequence& sequence, std::size_t from, std::size_t count) {
  Sequence rest{sequence.units, {}};
  for (std::size_t i = 0; i < sequence.accesses.size(); ++i) {
    if (i < from || i >= from + count) rest.accesses.push_back(sequence.accesses[i]);
  }
  return rest;
}

/// The same accesses by units 0, 1, ... without gaps.
Sequence renumbered(Sequence sequence) {
  std::map<std::uint32_t, std::uint32_t> number;
  for (Access& access : sequence.accesses) {
    const auto next = static_cast<std::uint32_t>(number.size());
    access.unit = number.try_emplace(access.unit, next).first->second;
  }
  sequence.units = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(number.size()));
  return sequence;
}

Sequence without_yields(Sequence sequence) {
  for (Access& access : sequence.accesses) access.yields_before = 0;
  return sequence;
}

/// Appends accesses of the same kind to every region, and remembers their steps.
class FanBuilder {
 public:
  explicit FanBuilder(std::uint32_t units) {
    made_.sequence.units = units;
    made_.program = program_of(units);
  }

  void access_all_regions(const Access& like) {
    for (int region = 0; region < kRegions; ++region) {
      Access access = like;
      access.region = static_cast<Region>(region);
      made_.sequence.accesses.push_back(access);
      made_.step_of.push_back(append(made_.program, access.unit, step_of(access)));
    }
  }
  void barrier() { add_barrier(made_.program); }
  SequenceProgram take() { return std::move(made_); }

 private:
  SequenceProgram made_;
};

}  // namespace

Sequence random_sequence(std::mt19937_64& random, std::uint32_t units, std::uint32_t accesses) {
  Sequence sequence{units, {}};
  std::array<std::uint32_t, kCellsInPlay> cells{};
  for (auto& cell : cells) cell = static_cast<std::uint32_t>(below(random, kCells));
  for (std::uint32_t i = 0; i < accesses; ++i) {
    Access access;
    access.unit = static_cast<std::uint32_t>(below(random, units));
    access.writes = below(random, 2) == 0;
    access.region = static_cast<Region>(below(random, kRegions));
    access.cell = cells.at(below(random, cells.size()));
    access.value = access.writes ? i + 1 : 0;
    access.yields_before =
        below(random, 4) == 0 ? static_cast<std::uint32_t>(1 + below(random, 3)) : 0;
    sequence.accesses.push_back(access);
  }
  return sequence;
}

SequenceProgram enforce(const Sequence& sequence) {
  SequenceProgram made{sequence, program_of(sequence.units), {}};
  made.program.channels = sequence.units;
  std::uint32_t holder = kUnitTakesPart;
  for (std::size_t i = 0; i < sequence.accesses.size(); ++i) {
    const Access& access = sequence.accesses[i];
    if (holder != access.unit && holder != kUnitTakesPart) {
      append(made.program, holder, send(access.unit, static_cast<std::int64_t>(i)));
      append(made.program, access.unit, receive(access.unit));
    }
    holder = access.unit;
    if (access.yields_before > 0) append(made.program, holder, yield(access.yields_before));
    made.step_of.push_back(append(made.program, holder, step_of(access)));
  }
  return made;
}

SequenceProgram fan(std::uint32_t units) {
  const std::uint32_t used = std::min(units, kCells);
  FanBuilder builder(units);
  builder.access_all_regions({.unit = 0, .writes = true, .value = 1});
  builder.barrier();
  for (std::uint32_t unit = 1; unit < units; ++unit) {
    // Units that share a cell write the same value, so that their order does not matter.
    const std::uint32_t cell = 1 + (unit - 1) % (kCells - 1);
    builder.access_all_regions({.unit = unit, .cell = 0});
    builder.access_all_regions({.unit = unit, .writes = true, .cell = cell, .value = cell + 1});
  }
  builder.barrier();
  for (std::uint32_t cell = 0; cell < used; ++cell) {
    builder.access_all_regions({.unit = 0, .cell = cell});
  }
  return builder.take();
}

std::vector<std::int64_t> expected_reads(const Sequence& sequence, MemorySpace space) {
  constexpr std::uint32_t kEveryone = ~0U;
  std::map<std::tuple<std::uint32_t, Region, std::uint32_t>, std::int64_t> memory;
  std::vector<std::int64_t> expected;
  expected.reserve(sequence.accesses.size());
  for (const Access& access : sequence.accesses) {
    const std::uint32_t owner = is_common(access.region, space) ? kEveryone : access.unit;
    std::int64_t& cell = memory[{owner, access.region, access.cell}];
    if (access.writes) cell = access.value;
    expected.push_back(access.writes ? 0 : cell);
  }
  return expected;
}

Sequence shrink(Sequence sequence, const std::function<bool(const Sequence&)>& still_fails,
                int budget) {
  const auto try_instead = [&](const Sequence& smaller) {
    if (budget <= 0) return false;
    --budget;
    if (!still_fails(smaller)) return false;
    sequence = smaller;
    return true;
  };
  try_instead(renumbered(sequence));
  std::size_t chunk = std::max<std::size_t>(1, sequence.accesses.size() / 2);
  for (bool last = false; !last && budget > 0;) {
    bool shorter = false;
    // From the end, so that what nothing depends on goes first.
    for (std::size_t end = sequence.accesses.size(); end > 0;) {
      const std::size_t from = end - std::min(end, chunk);
      if (try_instead(renumbered(without(sequence, from, end - from)))) shorter = true;
      end = from;
    }
    last = chunk == 1 && !shorter;
    chunk = std::max<std::size_t>(1, chunk / 2);
  }
  try_instead(without_yields(sequence));
  return sequence;
}

}  // namespace assay
