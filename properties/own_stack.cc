#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <tuple>

#include "properties/probe.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::uint64_t kDamaged = std::uint64_t{1} << 63;
constexpr std::size_t kMostHeldAtOnce = 64;
constexpr std::uint32_t kDeepFrames = 1000;

/// Where the frames of a unit were. Addresses are compared within one address space only: `space`
/// is what the unit reads from a cell of the heap that every unit wrote with its own number.
struct Frames {
  std::int64_t space = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;
  bool damaged = false;
  std::size_t unit = 0;
};

/// Two units whose frames took the same memory, or nothing.
std::optional<std::pair<Frames, Frames>> overlap_among(std::vector<Frames> all) {
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
  std::map<std::int64_t, int> spaces;
  for (const Frames& one : all) ++spaces[one.space];
  return spaces.size();
}

/// Steps of a unit between two barriers, within which no unit has ended.
struct Steps {
  std::uint32_t space;
  std::uint32_t frames;
};

std::vector<Steps> add_steps(Program& program, std::mt19937_64& random, std::uint32_t yields) {
  std::vector<Steps> steps(program.units.size());
  for (std::size_t unit = 0; unit < steps.size(); ++unit) {
    append(program, unit, write(Region::kHeap, 0, static_cast<std::int64_t>(unit) + 1));
  }
  add_barrier(program);
  for (std::size_t unit = 0; unit < steps.size(); ++unit) {
    const auto depth = static_cast<std::uint32_t>(4 + below(random, 12));
    const auto pattern = static_cast<std::int64_t>(below(random, 1ULL << 40));
    steps[unit].space = append(program, unit, read(Region::kHeap, 0));
    steps[unit].frames = append(program, unit, recurse(depth, pattern, yields));
  }
  add_barrier(program);
  return steps;
}

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
    for (const std::size_t units : rounds_.units()) {
      const int programs = units > 64 ? 1 : units > 8 ? 3 : 10;
      for (int i = 0; i < programs && (i == 0 || rounds_.go_on()); ++i) look_at(units);
      const bool first = units == rounds_.units().front();
      if (units <= kMostHeldAtOnce && ((first && !rounds_.failed()) || rounds_.go_on()))
        hold_at_once(units);
    }
    if (rounds_.go_on()) go_deep();
    return finish();
  }

 private:
  void look_at(std::size_t units) {
    Program program = program_of(units);
    const std::vector<Steps> steps = add_steps(program, rounds_.random(), units > 64 ? 2 : 10);
    const auto trace = rounds_.run(program);
    if (!trace) return;
    std::vector<Frames> all;
    for (std::size_t unit = 0; unit < units; ++unit) {
      const Event* frames = trace->units[unit].at(steps[unit].frames);
      if (frames == nullptr) continue;
      all.push_back({value_at(*trace, unit, steps[unit].space).value_or(0),
                     static_cast<std::uint64_t>(frames->value), frames->aux & ~kDamaged,
                     (frames->aux & kDamaged) != 0, unit});
    }
    judge_frames(all, program);
  }

  void judge_frames(const std::vector<Frames>& all, const Program& program) {
    rounds_.observation.tries += all.size();
    rounds_.observation.evidence.set(
        "address_spaces_of_" + std::to_string(program.units.size()) + "_units", spaces_of(all));
    for (const Frames& one : all) {
      if (!one.damaged) continue;
      say("the locals of unit " + std::to_string(one.unit) + " were overwritten while it gave way");
      rounds_.exclude(Ownership::kOwn, program, seen_);
    }
    if (const auto two = overlap_among(all)) {
      ++overlaps_;
      say("frames of units " + std::to_string(two->first.unit) + " and " +
          std::to_string(two->second.unit) + ", both alive, took the same memory");
      rounds_.exclude(Ownership::kOwn, program, seen_);
    }
  }

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
    Program shown = program_of(units);
    for (std::size_t unit = 0; unit < units; ++unit) append(shown, unit, recurse(8, 0, 1));
    judge_frames(all, shown);
    held_ = std::max(held_, all.size());
  }

  /// Deep recursion of one unit beside a unit that stays in few frames. How deep a stack is, is
  /// no part of the trait: if the deep one fails, that is evidence and nothing more.
  void go_deep() {
    Program program = program_of(2);
    append(program, 0, recurse(kDeepFrames, 17, 4));
    const std::uint32_t shallow = append(program, 1, recurse(8, 4711, 100));
    const Trace trace = runtime_->run(program);
    const Event* event = trace.units.size() == 2 ? trace.units[1].at(shallow) : nullptr;
    rounds_.observation.evidence.set(
        std::to_string(kDeepFrames) + "_frames_in_one_unit",
        trace.completed() ? std::string("its sibling's locals were intact") : trace.failure());
    if (event == nullptr || (event->aux & kDamaged) == 0) return;
    say("the locals of unit 1 were overwritten while unit 0 went down " +
        std::to_string(kDeepFrames) + " frames");
    rounds_.observation.evidence.set(std::to_string(kDeepFrames) + "_frames_in_one_unit", seen_);
    rounds_.exclude(Ownership::kOwn, program, seen_);
  }

  void say(const std::string& what) {
    if (seen_.empty()) seen_ = what;
  }

  Observation finish() {
    Observation& observation = rounds_.observation;
    // "Shared" needs a witness.
    if (seen_.empty() && rounds_.most_units() > 1) {
      observation.allowed.erase(static_cast<std::uint8_t>(Ownership::kShared));
    }
    observation.evidence.set("units_inside_their_frames_at_once", held_);
    observation.evidence.set("programs_with_overlapping_frames", overlaps_);
    observation.figure = seen_.empty() ? std::to_string(observation.tries) + " extents" : "overlap";
    return rounds_.finish(seen_.empty() ? "no frames of two live units overlapped" : seen_);
  }

  Runtime* runtime_;
  ProgramRounds rounds_;
  std::string seen_;  ///< The first sign of a shared stack.
  std::uint64_t overlaps_ = 0;
  std::size_t held_ = 0;
};

}  // namespace

static Observation observe_own_stack(Runtime& runtime, const ProbeOptions& options) {
  return OwnStackProbe(runtime, options).observe();
}

static const ProbeRegistration kRegistered(TraitId::kOwnStack, &observe_own_stack);

}  // namespace assay
