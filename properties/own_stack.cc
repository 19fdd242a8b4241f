#include <algorithm>
#include <atomic>
#include <set>
#include <tuple>

#include "properties/plan_cases.h"
#include "properties/probe.h"
#include "properties/program_maker.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::size_t kMostHeldAtOnce = 64;
constexpr std::uint32_t kDeepFrames = 1000;
/// Every unit writes its number here, on the heap: who reads the same number shares its memory.
constexpr std::uint32_t kSpaceCell = kCells - 1;

constexpr std::string_view kTwoRecurse = "two units that recurse and give way at the bottom";
constexpr const char* kOverlaps = "programs_with_overlapping_frames";

/// Where the frames of a unit were. Addresses are compared within one address space only.
struct Frames {
  std::int64_t space = 0;
  std::uint64_t lowest = ~std::uint64_t{0};
  std::uint64_t highest = 0;
  bool damaged = false;
  std::size_t unit = 0;

  [[nodiscard]] bool any() const { return lowest < highest; }
};

/// Two units whose frames took the same memory, or nothing.
std::optional<std::pair<Frames, Frames>> overlap_among(std::vector<Frames> all) {
  std::erase_if(all, [](const Frames& one) { return !one.any(); });
  std::sort(all.begin(), all.end(), [](const Frames& a, const Frames& b) {
    return std::tie(a.space, a.lowest) < std::tie(b.space, b.lowest);
  });
  for (std::size_t i = 1; i < all.size(); ++i) {
    // The first overlap in the order of addresses is one between neighbours.
    if (all[i].space != all[i - 1].space || all[i].lowest >= all[i - 1].highest) continue;
    return std::pair(all[i - 1], all[i]);
  }
  return std::nullopt;
}

std::size_t spaces_of(const std::vector<Frames>& all) {
  std::set<std::int64_t> spaces;
  for (const Frames& one : all) spaces.insert(one.space);
  return spaces.size();
}

/// What the frames of live units, one entry a unit, say of who owns a stack.
Finding judge_frames(const std::vector<Frames>& all) {
  Finding finding;
  const auto count = [&](const char* name) { finding.counts.emplace_back(name, 1); };
  if (spaces_of(all) == 1) count("programs_in_one_address_space");
  if (spaces_of(all) == all.size()) count("programs_with_an_address_space_each");
  for (const Frames& one : all) {
    finding.tries += one.any() ? 1 : 0;
    if (!one.damaged) continue;
    finding.exclude(Ownership::kOwn, "the locals of unit " + std::to_string(one.unit) +
                                         " were overwritten while it gave way");
  }
  if (const auto two = overlap_among(all)) {
    count(kOverlaps);
    finding.exclude(Ownership::kOwn, "frames of units " + std::to_string(two->first.unit) +
                                         " and " + std::to_string(two->second.unit) +
                                         ", both alive, took the same memory");
  }
  return finding;
}

/// Units go down nested frames and give way at the bottom. Between two barriers no unit has ended.
class Oracle {
 public:
  explicit Oracle(const Plan& plan) : plan_(plan) {}

  Program make() {
    ProgramMaker maker(plan_.units);
    for (std::uint32_t unit = 0; unit < plan_.units; ++unit) {
      maker.append(unit, write(Region::kHeap, kSpaceCell, unit + 1));
    }
    maker.barrier();
    for (std::uint32_t unit = 0; unit < plan_.units; ++unit) {
      spaces_.push_back(maker.append(unit, read(Region::kHeap, kSpaceCell)));
    }
    places_ = maker.append(plan_, false);
    maker.barrier();
    return maker.take();
  }

  [[nodiscard]] std::vector<std::string_view> labels() const {
    std::set<std::uint32_t> recursing;
    for (const Move& move : plan_.moves) {
      if (move.step.op == Op::kRecurse) recursing.insert(move.unit);
    }
    if (recursing.size() < 2) return {};
    return {kTwoRecurse};
  }

  [[nodiscard]] Finding judge(const Trace& trace) const {
    std::vector<Frames> all(plan_.units);
    for (std::uint32_t unit = 0; unit < plan_.units; ++unit) {
      all[unit].unit = unit;
      all[unit].space = value_at(trace, unit, spaces_[unit].step).value_or(0);
    }
    for (std::size_t i = 0; i < plan_.moves.size(); ++i) {
      if (plan_.moves[i].step.op != Op::kRecurse) continue;
      const Event* event = trace.units[places_[i].unit].at(places_[i].step);
      if (event == nullptr) continue;
      // All frames of a unit are in its stack, whenever it was in them.
      Frames& one = all[places_[i].unit];
      one.lowest = std::min(one.lowest, static_cast<std::uint64_t>(event->value));
      one.highest = std::max(one.highest, event->aux & ~kDamaged);
      one.damaged = one.damaged || (event->aux & kDamaged) != 0;
    }
    return judge_frames(all);
  }

 private:
  Plan plan_;
  std::vector<Place> spaces_;
  std::vector<Place> places_;
};

rc::Gen<Case> cases(std::size_t units) {
  static const Mix kMix{
      .kinds = {{Kind::kRecurse, 6}, {Kind::kYield, 3}, {Kind::kSpin, 1}, {Kind::kSleep, 1}},
      .most_moves = 120,
      .ordered = false};
  return cases_from(plans(kMix, units), &case_judged_by<Oracle, Plan>);
}

const PropertyRegistration kDisjoint(
    {TraitId::kOwnStack, "FramesOfLiveUnitsNeverOverlap", &cases, {kTwoRecurse}});

/// What the units of a body share, in a mapping that processes share as well.
struct Meeting {
  std::atomic<std::uint64_t> inside;  ///< Units at the bottom of their frames.
};

/// Goes down `depth` frames that hold a pattern, waits at the bottom until every unit is at its
/// own, and reports the extent and whether a pattern was damaged.
class HeldFrames {
 public:
  HeldFrames(BlockingUnit& unit, std::atomic<std::int64_t>& heap) : unit_(&unit), heap_(&heap) {}

  void hold_and_report() {
    heap_->store(static_cast<std::int64_t>(unit_->index()) + 1);
    go_down(8);
    unit_->report(static_cast<std::uint64_t>(heap_->load()));
    unit_->report(lowest_);
    unit_->report(highest_);
    unit_->report(damaged_ ? 1 : 0);
  }

 private:
  // Not sanitized: AddressSanitizer would put the locals into a stack of its own on the heap.
  __attribute__((noinline, no_sanitize("address"))) void go_down(int depth) {
    volatile std::uint64_t local[16];
    for (std::size_t i = 0; i < 16; ++i) local[i] = pattern(depth, i);
    const auto here = reinterpret_cast<std::uintptr_t>(&local);
    lowest_ = std::min<std::uint64_t>(lowest_, here);
    highest_ = std::max<std::uint64_t>(highest_, here + sizeof(local));
    if (depth > 1) {
      go_down(depth - 1);
    } else {
      wait_for_all();
    }
    for (std::size_t i = 0; i < 16; ++i) damaged_ = damaged_ || local[i] != pattern(depth, i);
  }

  [[nodiscard]] std::uint64_t pattern(int depth, std::size_t i) const {
    return unit_->index() * 1'000'003 + static_cast<std::uint64_t>(depth) * 101 + i;
  }

  void wait_for_all() {
    auto& inside = unit_->shared<Meeting>().inside;
    inside.fetch_add(1);
    while (inside.load() < unit_->count()) unit_->yield();
  }

  BlockingUnit* unit_;
  std::atomic<std::int64_t>* heap_;
  std::uint64_t lowest_ = ~std::uint64_t{0};
  std::uint64_t highest_ = 0;
  bool damaged_ = false;
};

class OwnStackProbe {
 public:
  OwnStackProbe(Runtime& runtime, const ProbeOptions& options)
      : runtime_(&runtime), rounds_(TraitId::kOwnStack, runtime, options) {}

  Observation observe() {
    bool first = true;
    for (const std::size_t units : rounds_.units()) {
      if (units <= kMostHeldAtOnce && (first || rounds_.go_on())) hold_at_once(units);
      first = false;
    }
    rounds_.look_at_properties(rounds_.quick() ? 20 : 150);
    if (rounds_.go_on()) go_deep();
    return finish();
  }

 private:
  /// All units are inside their frames at the same time, which only units that block can be.
  void hold_at_once(std::size_t units) {
    const auto heap = std::make_unique<std::atomic<std::int64_t>>(0);
    Bodies bodies;
    bodies.count = units;
    bodies.shared_bytes = sizeof(Meeting);
    bodies.reports = 4 * units;
    bodies.blocking = [&heap](BlockingUnit& unit) { HeldFrames(unit, *heap).hold_and_report(); };
    BodyRuntime* runtime = runtime_->bodies();
    if (runtime == nullptr || runtime->refuses(bodies)) return;
    const BodyResult result = runtime->run_hosted(bodies);
    if (!result.completed() || result.reports.size() != units) {
      rounds_.observation.evidence.set("held_at_once_failed", result.failure());
      return;
    }
    std::vector<Frames> all;
    for (std::size_t unit = 0; unit < units; ++unit) {
      const auto& report = result.reports[unit];
      if (report.size() != 4) continue;
      all.push_back(
          {static_cast<std::int64_t>(report[0]), report[1], report[2], report[3] != 0, unit});
    }
    judge_held(all);
    held_ = std::max(held_, all.size());
  }

  void judge_held(const std::vector<Frames>& all) {
    const Finding finding = judge_frames(all);
    rounds_.observation.tries += finding.tries;
    if (finding.exclusions.empty()) return;
    ProgramMaker shown(all.size());
    for (std::uint32_t unit = 0; unit < shown.units(); ++unit) {
      shown.append(unit, recurse(8, 0, 1));
    }
    rounds_.exclude(Ownership::kOwn, shown.take(), finding.exclusions.front().why);
  }

  /// Deep recursion of one unit beside a unit that stays in few frames. How deep a stack is, is
  /// no part of the trait: if the deep one fails, that is evidence and nothing more.
  void go_deep() {
    ProgramMaker maker(2);
    maker.append(0, recurse(kDeepFrames, 17, 4));
    const Place shallow = maker.append(1, recurse(8, 4711, 100));
    const Program program = maker.take();
    const Trace trace = runtime_->run(program);
    const Event* event = trace.units.size() == 2 ? trace.units[1].at(shallow.step) : nullptr;
    const bool damaged = event != nullptr && (event->aux & kDamaged) != 0;
    const std::string frames = std::to_string(kDeepFrames) + " frames";
    const std::string why =
        "the locals of unit 1 were overwritten while unit 0 went down " + frames;
    rounds_.observation.evidence.set(std::to_string(kDeepFrames) + "_frames_in_one_unit",
                                     damaged             ? why
                                     : trace.completed() ? "its sibling's locals were intact"
                                                         : trace.failure());
    if (damaged) rounds_.exclude(Ownership::kOwn, program, why);
  }

  Observation finish() {
    Observation& observation = rounds_.observation;
    const std::string seen = rounds_.why_not(Ownership::kOwn);
    // "Shared" needs a witness.
    if (seen.empty() && rounds_.most_units() > 1) {
      observation.allowed.erase(static_cast<std::uint8_t>(Ownership::kShared));
    }
    observation.evidence.set("units_inside_their_frames_at_once", held_);
    observation.figure = seen.empty() ? std::to_string(observation.tries) + " extents" : "overlap";
    return rounds_.finish(seen.empty() ? "no frames of two live units overlapped" : seen);
  }

  Runtime* runtime_;
  ProgramRounds rounds_;
  std::size_t held_ = 0;
};

}  // namespace

static Observation observe_own_stack(Runtime& runtime, const ProbeOptions& options) {
  return OwnStackProbe(runtime, options).observe();
}

static const ProbeRegistration kRegistered(TraitId::kOwnStack, &observe_own_stack);

}  // namespace assay
