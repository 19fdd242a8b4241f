#include <algorithm>
#include <array>

#include "properties/probe.h"
#include "properties/program_rounds.h"
#include "properties/sequences.h"

namespace assay {
namespace {

constexpr std::array<MemorySpace, 3> kSpaces{MemorySpace::kSeparate, MemorySpace::kShared,
                                             MemorySpace::kSharedSameThread};
/// Above this many units the order is that of two barriers: a channel a unit would cost too many
/// descriptors.
constexpr std::size_t kMostWithToken = 64;
constexpr int kShrinkBudget = 40;

/// The accesses to the place of one read, up to that read: all that its oracle looks at.
Sequence before_read(const Sequence& sequence, std::size_t read) {
  const Access& last = sequence.accesses[read];
  Sequence part{sequence.units, {}};
  for (std::size_t i = 0; i <= read; ++i) {
    const Access& access = sequence.accesses[i];
    if (access.region == last.region && access.cell == last.cell) part.accesses.push_back(access);
  }
  return part;
}

/// Reads, by region, of cells that a sibling wrote last: how many there were, how many saw it.
struct Sightings {
  std::array<std::uint64_t, kRegions> possible{};
  std::array<std::uint64_t, kRegions> seen{};
};

std::string_view slug_of(MemorySpace space) {
  return trait(TraitId::kMemorySpace).values[static_cast<std::size_t>(space)].slug;
}

std::optional<std::int64_t> read_of(const SequenceProgram& made, const Trace& trace,
                                    std::size_t access) {
  return value_at(trace, made.sequence.accesses[access].unit, made.step_of[access]);
}

/// The first read that disagrees with the oracle of a value; the number of accesses if none does.
std::size_t first_disagreement(const SequenceProgram& made, const Trace& trace, MemorySpace space) {
  const auto expected = expected_reads(made.sequence, space);
  std::size_t i = 0;
  for (; i < expected.size(); ++i) {
    if (made.sequence.accesses[i].writes) continue;
    if (read_of(made, trace, i) != expected[i]) break;
  }
  return i;
}

std::string explain(const SequenceProgram& made, const Trace& trace, std::size_t access) {
  const Access& wrong = made.sequence.accesses[access];
  const auto seen = read_of(made, trace, access);
  std::string text = "unit " + std::to_string(wrong.unit) + " read " +
                     (seen ? std::to_string(*seen) : "nothing") + " from " +
                     std::string(to_string(wrong.region)) + "[" + std::to_string(wrong.cell) + "]";
  for (const MemorySpace space : kSpaces) {
    const auto expected = expected_reads(made.sequence, space)[access];
    text += (space == kSpaces[0] ? "; expected " : ", ") + std::to_string(expected) + " where " +
            std::string(slug_of(space));
  }
  return text;
}

class MemorySpaceProbe {
 public:
  MemorySpaceProbe(Runtime& runtime, const ProbeOptions& options)
      : rounds_(TraitId::kMemorySpace, runtime, options) {}

  Observation observe() {
    // The large counts first: they are one program each, and small ones fill the time.
    for (auto units = rounds_.units().rbegin(); units != rounds_.units().rend(); ++units) {
      if (*units > 8) look_at(fan(static_cast<std::uint32_t>(*units)));
      if (*units <= kMostWithToken) look_at_random(*units, *units > 8 ? 1 : 4);
    }
    // Few units write over each other most.
    const std::size_t fewest = std::min<std::size_t>(8, *min_units());
    for (int i = 0; i < most_programs() && rounds_.go_on(); ++i) look_at_random(fewest, 1);
    return finish();
  }

 private:
  [[nodiscard]] std::vector<std::size_t>::const_iterator min_units() const {
    return std::min_element(rounds_.units().begin(), rounds_.units().end());
  }
  [[nodiscard]] int most_programs() const { return rounds_.quick() ? 30 : 300; }

  void look_at_random(std::size_t units, int programs) {
    const std::uint32_t accesses = units > 8 ? 160 : 48;
    for (int i = 0; i < programs; ++i) {
      look_at(
          enforce(random_sequence(rounds_.random(), static_cast<std::uint32_t>(units), accesses)));
    }
  }

  void look_at(const SequenceProgram& made) {
    const auto trace = rounds_.run(made.program);
    if (!trace) return;
    ++programs_;
    count_sightings(made, *trace);
    for (const MemorySpace space : kSpaces) {
      const std::size_t wrong = first_disagreement(made, *trace, space);
      if (wrong == made.step_of.size() || !rounds_.allows(space)) continue;
      exclude(space, made, *trace, wrong);
    }
  }

  /// Excludes a value by the smallest program that can be found quickly.
  void exclude(MemorySpace space, const SequenceProgram& found, const Trace& trace,
               std::size_t wrong) {
    if (found.sequence.units > kMostWithToken) {
      return rounds_.exclude(space, found.program, explain(found, trace, wrong));
    }
    SequenceProgram smallest = found;
    std::string why = explain(found, trace, wrong);
    const auto still_fails = [&](const Sequence& smaller) {
      const SequenceProgram made = enforce(smaller);
      const auto again = rounds_.run(made.program);
      if (!again) return false;
      const std::size_t still_wrong = first_disagreement(made, *again, space);
      if (still_wrong == made.step_of.size()) return false;
      smallest = made;
      why = explain(made, *again, still_wrong);
      return true;
    };
    const Sequence part = before_read(found.sequence, wrong);
    shrink(still_fails(part) ? part : found.sequence, still_fails, kShrinkBudget);
    rounds_.exclude(space, smallest.program, why);
  }

  void count_sightings(const SequenceProgram& made, const Trace& trace) {
    const auto own = expected_reads(made.sequence, MemorySpace::kSeparate);
    const auto all = expected_reads(made.sequence, MemorySpace::kSharedSameThread);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Access& access = made.sequence.accesses[i];
      if (access.writes) continue;
      ++rounds_.observation.tries;
      const auto region = static_cast<std::size_t>(access.region);
      // In the shared mapping both oracles agree, and every read of a written cell sees it.
      const bool tells = all[i] != own[i] || access.region == Region::kSharedMapping;
      if (!tells || all[i] == 0) continue;
      ++sightings_.possible.at(region);
      if (read_of(made, trace, i) == all[i]) ++sightings_.seen.at(region);
    }
  }

  Observation finish() {
    std::string visible;
    std::string invisible;
    for (std::size_t i = 0; i < kRegions; ++i) {
      const std::string name(to_string(static_cast<Region>(i)));
      std::string& list = sightings_.seen.at(i) > 0 ? visible : invisible;
      if (sightings_.possible.at(i) > 0) list += (list.empty() ? "" : ", ") + name;
      rounds_.observation.evidence.set(name + "_sibling_writes_seen",
                                       std::to_string(sightings_.seen.at(i)) + " of " +
                                           std::to_string(sightings_.possible.at(i)));
    }
    rounds_.observation.evidence.set("programs", programs_);
    rounds_.observation.evidence.set("reads", rounds_.observation.tries);
    rounds_.observation.figure = std::to_string(programs_) + " programs";
    std::string reason =
        "writes by siblings were visible in: " + (visible.empty() ? "none" : visible) +
        "; invisible in: " + (invisible.empty() ? "none" : invisible);
    if (rounds_.observation.allowed.empty()) reason += "; no value allows every read";
    return rounds_.finish(reason);
  }

  ProgramRounds rounds_;
  Sightings sightings_;
  std::uint64_t programs_ = 0;
};

}  // namespace

static Observation observe_memory_space(Runtime& runtime, const ProbeOptions& options) {
  return MemorySpaceProbe(runtime, options).observe();
}

static const ProbeRegistration kRegistered(TraitId::kMemorySpace, &observe_memory_space);

}  // namespace assay
