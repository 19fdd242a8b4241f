// The property of sleeps: units meet, and then some of them sleep. A sleep lasts at least as long
// as was asked; whether two overlap is told from what each unit saw on the clock, never from how
// long all of it took.
#include <algorithm>
#include <memory>
#include <set>

#include "properties/plan_cases.h"
#include "properties/program_maker.h"
#include "properties/property.h"

namespace assay {
namespace {

constexpr std::string_view kSome = "sleeps of several units that have met";
constexpr std::string_view kDifferent = "sleeps of different lengths";
constexpr std::string_view kAwake = "a unit that goes on while others sleep";

constexpr std::int64_t kLeastNs = 200'000;

struct Sleeper {
  Place place;
  std::int64_t asked_ns;
};

/// When a unit slept, by its own clock: from `start` to `end`, and somewhere in between for as long
/// as it asked.
struct Slept {
  std::uint32_t unit;
  std::int64_t start;
  std::int64_t end;
  std::int64_t asked_ns;

  /// The part in which it slept, wherever in between its sleep lay; it may be empty.
  [[nodiscard]] std::int64_t surely_from() const { return end - asked_ns; }
  [[nodiscard]] std::int64_t surely_until() const { return start + asked_ns; }
};

std::string text_of(const Slept& slept) {
  return "unit " + std::to_string(slept.unit) + " asked for " + std::to_string(slept.asked_ns) +
         " ns and slept from " + std::to_string(slept.start) + " to " + std::to_string(slept.end);
}

Finding judge_sleeps(const Trace& trace, const std::vector<Sleeper>& sleepers) {
  std::vector<Slept> all;
  for (const Sleeper& sleeper : sleepers) {
    const Event* event = trace.units[sleeper.place.unit].at(sleeper.place.step);
    if (event == nullptr) continue;
    all.push_back({sleeper.place.unit, event->value, static_cast<std::int64_t>(event->aux),
                   sleeper.asked_ns});
  }
  Finding finding;
  finding.tries = all.size();
  for (const Slept& slept : all) {
    if (slept.end - slept.start >= slept.asked_ns) continue;
    finding.exclude(Sleep::kOverlaps, text_of(slept));
    finding.exclude(Sleep::kSerial, text_of(slept));
    return finding;
  }
  if (all.size() < 2) return finding;
  const std::string shown = text_of(all[0]) + ", " + text_of(all[1]);
  // A unit that waits for another's sleep says that it sleeps, too.
  std::erase_if(all, [](const Slept& one) { return one.surely_from() >= one.surely_until(); });
  std::ranges::sort(all, {}, &Slept::surely_from);
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].surely_from() >= all[i - 1].surely_until()) continue;
    finding.exclude(Sleep::kSerial, text_of(all[i - 1]) + ", " + text_of(all[i]));
    finding.witness(Sleep::kOverlaps);
    return finding;
  }
  finding.exclude_if_not_slow(Sleep::kOverlaps, "no two of " + std::to_string(sleepers.size()) +
                                                    " units slept at once: " + shown);
  return finding;
}

std::vector<std::string_view> labels_of(const Plan& plan, const std::vector<Sleeper>& sleepers) {
  std::vector<std::string_view> labels;
  std::set<std::int64_t> lengths;
  for (const Sleeper& sleeper : sleepers) lengths.insert(sleeper.asked_ns);
  if (sleepers.size() > 1) labels.push_back(kSome);
  if (lengths.size() > 1) labels.push_back(kDifferent);
  if (!sleepers.empty() && sleepers.size() < plan.units) labels.push_back(kAwake);
  return labels;
}

/// What each unit is to sleep after they met; 0: nothing.
std::vector<std::int64_t> lengths_of(const Plan& plan) {
  std::vector<std::int64_t> lengths(plan.units, 0);
  for (const Move& move : plan.moves) {
    if (move.step.op == Op::kSleep) lengths[move.unit] += kLeastNs + move.step.value;
  }
  return lengths;
}

/// Units do what they do, meet, and then sleep or give way.
Case made_of(const Plan& plan, const std::vector<std::int64_t>& lengths) {
  ProgramMaker maker(plan.units);
  for (const Move& move : plan.moves) {
    if (move.step.op != Op::kSleep) maker.append(move.unit, move.step);
  }
  maker.barrier();
  std::vector<Sleeper> sleepers;
  for (std::uint32_t unit = 0; unit < plan.units; ++unit) {
    if (lengths[unit] > 0) {
      sleepers.push_back({maker.append(unit, sleep(lengths[unit])), lengths[unit]});
    } else {
      maker.append(unit, yield(2));
    }
  }
  Case made;
  made.program = maker.take();
  made.program.one_core = plan.one_core;
  made.labels = labels_of(plan, sleepers);
  made.judge = [sleepers](const Trace& trace) { return judge_sleeps(trace, sleepers); };
  return made;
}

/// On a busy machine a short sleep may be over before a sibling gets to begin its own. Few units,
/// whose sleeps take so long that this tells nothing of the machine any more.
std::vector<Case> slower_cases(const Plan& plan) {
  constexpr int kFew = 3;
  std::vector<Case> cases;
  for (const std::int64_t ns : {30'000'000LL, 300'000'000LL, 1'000'000'000LL}) {
    std::vector<std::int64_t> lengths = lengths_of(plan);
    int sleepers = 0;
    for (std::int64_t& length : lengths) length = length > 0 && sleepers++ < kFew ? ns : 0;
    cases.push_back(made_of(plan, lengths));
  }
  return cases;
}

Case case_of_plan(const Plan& plan) {
  Case made = made_of(plan, lengths_of(plan));
  made.slower = [plan] { return slower_cases(plan); };
  return made;
}

rc::Gen<Case> cases(std::size_t units) {
  const Mix mix{
      .kinds = {{Kind::kSleep, 6}, {Kind::kYield, 2}, {Kind::kSpin, 2}, {Kind::kRecord, 1}},
      .most_moves = 48,
      .ordered = false};
  return cases_from(plans(mix, units), &case_of_plan);
}

const PropertyRegistration kSleeps({TraitId::kSleep,
                                    "SleepsLastAndOverlapAsTheValueSays",
                                    &cases,
                                    {kSome, kDifferent, kAwake},
                                    {Sleep::kOverlaps}});

}  // namespace
}  // namespace assay
