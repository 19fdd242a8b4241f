#include <algorithm>
#include <chrono>
#include <cstdio>

#include "properties/probe.h"
#include "properties/program_maker.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::uint32_t kSumCell = 0;
constexpr std::uint32_t kSpaceCell = 1;
constexpr std::uint32_t kMeetingUs = 2000;
/// Millions of updates take an interpreted language many seconds on a busy machine.
constexpr std::int64_t kBoundNs = 120'000'000'000;

/// Where each unit reads the sum at the end; the step after reads the cell that tells who shares
/// its memory.
using SumSteps = std::vector<std::uint32_t>;

void start_together(ProgramMaker& maker) {
  for (std::uint32_t unit = 0; unit < maker.units(); ++unit) {
    maker.append(unit, write(Region::kHeap, kSpaceCell, unit + 1));
  }
  maker.barrier();
  if (maker.units() != 2) return;
  // The barrier lets one go before the other; two units also meet while both run. Where they
  // cannot run at once the bound ends the wait.
  for (std::uint32_t unit = 0; unit < 2; ++unit) {
    maker.append(unit, write(Region::kSharedMapping, unit, 1));
    maker.append(unit, spin_until(Region::kSharedMapping, 1 - unit, 1, kMeetingUs));
  }
}

SumSteps read_sums(ProgramMaker& maker) {
  maker.barrier();
  SumSteps steps;
  for (std::uint32_t unit = 0; unit < maker.units(); ++unit) {
    steps.push_back(maker.append(unit, read(Region::kHeap, kSumCell)).step);
    maker.append(unit, read(Region::kHeap, kSpaceCell));
  }
  return steps;
}

/// What the units saw at the end.
struct FinalSums {
  bool is_private = false;  ///< Every unit has a copy of its own.
  bool is_common = false;   ///< All units see the same memory.
  bool equal = false;       ///< All units read the same sum.
  std::int64_t first = 0;   ///< What unit 0 read.
};

FinalSums sums_of(const Trace& trace, const SumSteps& steps) {
  FinalSums sums{true, true, true, value_at(trace, 0, steps[0]).value_or(-1)};
  const auto space = value_at(trace, 0, steps[0] + 1);
  for (std::size_t unit = 0; unit < steps.size(); ++unit) {
    const auto its_space = value_at(trace, unit, steps[unit] + 1);
    sums.is_private = sums.is_private && its_space == static_cast<std::int64_t>(unit) + 1;
    sums.is_common = sums.is_common && its_space == space;
    sums.equal = sums.equal && value_at(trace, unit, steps[unit]) == sums.first;
  }
  return sums;
}

class UnlockedUpdatesProbe {
 public:
  UnlockedUpdatesProbe(Runtime& runtime, const ProbeOptions& options)
      : rounds_(TraitId::kUnlockedUpdates, runtime, options) {}

  Observation observe() {
    rounds_.look_at_properties(rounds_.quick() ? 30 : 100);
    for (const std::size_t units : rounds_.units()) {
      if (units < 2) continue;
      if (units <= 8) {
        look_harder_and_harder(units);
      } else {
        look_without_lock(units, static_cast<std::uint32_t>(200'000 / units));
      }
      look_with_lock(units);
    }
    look_into_locks();
    if (!rounds_.failed()) look_across_suspensions();
    return finish();
  }

 private:
  /// More and more updates, until some are lost: on one core that takes a preemption between a load
  /// and its store.
  void look_harder_and_harder(std::size_t units) {
    constexpr std::uint32_t kEnough = 5'000'000;  // At least, but for slow updates.
    constexpr int kRounds = 12;
    // An interpreter's million takes so long: as many time slices end in it as in others' millions.
    constexpr std::uint32_t kMillion = 1'000'000;
    constexpr std::chrono::milliseconds kLong{500};
    const std::uint32_t most = rounds_.quick() ? kEnough : 4 * kEnough;
    std::uint32_t count = 20'000;
    for (int round = 0; round < kRounds; ++round) {
      const auto start = std::chrono::steady_clock::now();
      look_without_lock(units, count);
      const bool slow = count >= kMillion && std::chrono::steady_clock::now() - start >= kLong;
      if (lost_of_ > 0 || private_ || slow || rounds_.failed()) return;
      if (count >= kEnough && !rounds_.go_on()) return;
      count = std::min(count * 4, most);
    }
  }

  void look_without_lock(std::size_t units, std::uint32_t count) {
    ProgramMaker maker(units);
    start_together(maker);
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      maker.append(unit, add(Region::kHeap, kSumCell, count));
    }
    const SumSteps steps = read_sums(maker);
    Program program = maker.take();
    program.bound_ns = kBoundNs;
    const auto trace = rounds_.run(program);
    if (!trace) return;
    const auto total = static_cast<std::int64_t>(units) * count;
    rounds_.observation.tries += static_cast<std::uint64_t>(total);
    judge(program, sums_of(*trace, steps), count, total);
  }

  void judge(const Program& program, const FinalSums& sums, std::int64_t own, std::int64_t total) {
    note(program, sums, total, "without a lock");
    if (sums.is_private && sums.equal && sums.first == own) {
      private_ = true;
      const std::string why =
          "every unit reads its own " + std::to_string(own) + " updates and nobody else's";
      rounds_.exclude(UnlockedUpdates::kLost, program, why);
      return rounds_.exclude(UnlockedUpdates::kKept, program, why);
    }
    if (!sums.is_common || !sums.equal || sums.first > total || sums.first < 1) {
      return exclude_all(program, "units read sums that no order of " + std::to_string(total) +
                                      " updates gives; unit 0 read " + std::to_string(sums.first));
    }
    rounds_.exclude(UnlockedUpdates::kPrivate, program, "a unit reads the updates of its siblings");
    if (sums.first == total) return;
    const std::int64_t lost = total - sums.first;
    if (lost_ * total >= lost * std::max<std::int64_t>(lost_of_, 1)) return;
    lost_ = lost;
    lost_of_ = total;
    rounds_.observation.witnessed.insert(static_cast<std::uint8_t>(UnlockedUpdates::kLost));
    rounds_.exclude(UnlockedUpdates::kKept, program,
                    std::to_string(lost) + " of " + std::to_string(total) + " updates were lost");
  }

  /// With a lock nothing may be lost, on any runtime, across a suspension neither.
  void look_with_lock(std::size_t units) {
    const std::uint32_t rounds = units > 64 ? 1 : units > 8 ? 4 : 100;
    ProgramMaker maker(units);
    maker.use_lock();
    start_together(maker);
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      for (std::uint32_t round = 0; round < rounds; ++round) {
        maker.append(unit, lock(0));
        maker.append(unit, add(Region::kHeap, kSumCell, 20));
        // Those who wait for the lock spin: with many of them a yield inside is dear.
        if (units <= 8) maker.append(unit, add_across(Region::kHeap, kSumCell, 1));
        maker.append(unit, unlock(0));
      }
    }
    const SumSteps steps = read_sums(maker);
    const Program program = maker.take();
    const auto trace = rounds_.run(program);
    if (!trace) return;
    const FinalSums sums = sums_of(*trace, steps);
    const std::int64_t own = rounds * (units <= 8 ? 21 : 20);
    const std::int64_t total = own * static_cast<std::int64_t>(units);
    note(program, sums, total, "with a lock");
    const bool kept = sums.equal && ((sums.is_private && sums.first == own) ||
                                     (sums.is_common && sums.first == total));
    if (kept) return;
    exclude_all(program, "with a lock around every update unit 0 read " +
                             std::to_string(sums.first) + " of " + std::to_string(total));
  }

  /// More and more often units hold one of two locks, leave a mark and give way. Whoever comes in
  /// meanwhile, for whatever reason and however rarely, leaves another.
  void look_into_locks() {
    constexpr std::size_t kMostUnits = 4;
    constexpr std::uint32_t kMostTimes = 640;
    const std::size_t units = std::min(kMostUnits, *std::ranges::max_element(rounds_.units()));
    // Where the core is lost in every yield, few rounds take long.
    const auto enough = std::chrono::milliseconds(rounds_.quick() ? 20 : 100);
    auto took = std::chrono::steady_clock::duration::zero();
    for (std::uint32_t times = 10; units > 1 && times <= kMostTimes && took < enough; times *= 4) {
      const auto start = std::chrono::steady_clock::now();
      if (!hold_locks(units, times)) return;
      took = std::chrono::steady_clock::now() - start;
    }
  }

  /// False when there is nothing more to be learnt.
  bool hold_locks(std::size_t units, std::uint32_t times) {
    constexpr std::uint32_t kLocks = 2;
    constexpr std::uint32_t kYields = 3;
    ProgramMaker maker(units);
    maker.barrier();
    std::vector<Place> looks;
    for (std::uint32_t time = 0; time < times; ++time) {
      for (std::uint32_t unit = 0; unit < units; ++unit) {
        const std::uint32_t held = (unit + time) % kLocks;
        maker.append(unit, lock(held));
        maker.append(unit, write(Region::kSharedMapping, held, unit + 1));
        maker.append(unit, yield(kYields));
        looks.push_back(maker.append(unit, read(Region::kSharedMapping, held)));
        maker.append(unit, unlock(held));
      }
    }
    Program program = maker.take();
    program.locks = kLocks;
    const auto trace = rounds_.run(program);
    if (!trace) return false;
    times_held_ += looks.size();
    for (const Place& look : looks) {
      const std::int64_t mark = value_at(*trace, look.unit, look.step).value_or(-1);
      if (mark == static_cast<std::int64_t>(look.unit) + 1) continue;
      exclude_all(program, "unit " + std::to_string(look.unit) + " held a lock and wrote " +
                               std::to_string(look.unit + 1) + ", and before it let go it read " +
                               std::to_string(mark) + ", which another wrote that held it as well");
      return false;
    }
    return true;
  }

  /// Evidence: a load, a suspension, a store. Units that take turns lose all but one update a turn.
  void look_across_suspensions() {
    constexpr std::uint32_t kCount = 100;
    ProgramMaker maker(2);
    start_together(maker);
    for (std::uint32_t unit = 0; unit < 2; ++unit) {
      maker.append(unit, add_across(Region::kHeap, kSumCell, kCount));
    }
    const SumSteps steps = read_sums(maker);
    const Program program = maker.take();
    const auto trace = rounds_.run(program);
    if (!trace) return;
    rounds_.observation.evidence.set("kept_across_suspensions",
                                     std::to_string(sums_of(*trace, steps).first) + " of " +
                                         std::to_string(2 * kCount) + "; strict turns keep " +
                                         std::to_string(kCount));
  }

  void exclude_all(const Program& program, const std::string& why) {
    rounds_.exclude(UnlockedUpdates::kLost, program, why);
    rounds_.exclude(UnlockedUpdates::kKept, program, why);
    rounds_.exclude(UnlockedUpdates::kPrivate, program, why);
  }

  void note(const Program& program, const FinalSums& sums, std::int64_t total, const char* how) {
    sums_.push_back(std::to_string(program.units.size()) + " units " + how + ": " +
                    std::to_string(sums.first) + " of " + std::to_string(total));
  }

  Observation finish() {
    Observation& observation = rounds_.observation;
    observation.evidence.set("sums_seen_by_unit_0", sums_);
    observation.evidence.set("updates_without_a_lock", observation.tries);
    observation.evidence.set("times_that_a_lock_was_held_alone", times_held_);
    const std::string updates = std::to_string(observation.tries) + " updates";
    std::string reason = "none of " + updates + " without a lock was lost";
    observation.figure = "0 of " + std::to_string(observation.tries) + " lost";
    if (private_) {
      reason = "every unit updates a copy of its own";
      observation.figure = "a copy each";
    } else if (lost_of_ > 0) {
      char share[24];
      std::snprintf(share, sizeof(share), "%.2g%% lost",
                    100.0 * static_cast<double>(lost_) / static_cast<double>(lost_of_));
      observation.figure = share;
      observation.evidence.set("lost", lost_).set("lost_of", lost_of_);
      reason = std::to_string(lost_) + " of " + std::to_string(lost_of_) +
               " updates without a lock were lost, none with it";
    }
    return rounds_.finish(observation.allowed.empty() ? rounds_.last_exclusion() : reason);
  }

  ProgramRounds rounds_;
  std::vector<std::string> sums_;
  std::uint64_t times_held_ = 0;
  bool private_ = false;
  std::int64_t lost_ = 0;     ///< Of the round with the largest share of lost updates.
  std::int64_t lost_of_ = 0;  ///< 0 when none was lost.
};

}  // namespace

static Observation observe_unlocked_updates(Runtime& runtime, const ProbeOptions& options) {
  return UnlockedUpdatesProbe(runtime, options).observe();
}

static const ProbeRegistration kRegistered(TraitId::kUnlockedUpdates, &observe_unlocked_updates);

}  // namespace assay
