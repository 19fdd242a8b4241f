#include <rapidcheck/gen/Create.h>
#include <rapidcheck/shrinkable/Create.h>

#include "properties/plan_cases.h"
#include "properties/probe.h"
#include "properties/program_rounds.h"
#include "properties/visibility.h"

namespace assay {
namespace {

/// Above this many units the order is that of two barriers.
constexpr std::size_t kMostWithTurns = 64;

rc::Gen<Case> cases(std::size_t units) {
  if (units > kMostWithTurns) {
    return [=](const rc::Random&, int) {
      return rc::shrinkable::just(fan_case(static_cast<std::uint32_t>(units)));
    };
  }
  return cases_from(plans(visibility_mix(), units), &visibility_case);
}

rc::Gen<Case> cases_of_everyone(std::size_t units) {
  return cases_from(Everyone::sizes(units), &everyone_case);
}

const PropertyRegistration kEveryone({.trait = TraitId::kMemorySpace,
                                      .name = "AllUnitsShareACellOrNoTwoDo",
                                      .cases = &cases_of_everyone,
                                      .must_occur = {kAllWrite},
                                      .weight = 8});
const PropertyRegistration kVisibility({
    TraitId::kMemorySpace,
    "ReadsReturnWhatTheMemorySpaceSays",
    &cases,
    {"a sibling's write read on the heap", "a sibling's write read in a global",
     "a sibling's write read on the starter's stack",
     "a sibling's write read in thread-local storage",
     "a sibling's write read in a private mapping", "a sibling's write read in a shared mapping"},
});

Observation finish(ProgramRounds& rounds) {
  std::string visible;
  std::string invisible;
  for (int region = 0; region < kRegions; ++region) {
    const std::string name(to_string(static_cast<Region>(region)));
    if (rounds.counted(name + "_sibling_writes") == 0) continue;
    const bool seen = rounds.counted(name + "_sibling_writes_seen") > 0;
    std::string& list = seen ? visible : invisible;
    list += (list.empty() ? "" : ", ") + name;
  }
  Observation& observation = rounds.observation;
  observation.figure = std::to_string(rounds.generated()) + " programs";
  std::string reason =
      "writes by siblings were visible in: " + (visible.empty() ? "none" : visible) +
      "; invisible in: " + (invisible.empty() ? "none" : invisible);
  if (observation.allowed.empty()) reason += "; no value allows every read";
  return rounds.finish(reason);
}

}  // namespace

static Observation observe_memory_space(Runtime& runtime, const ProbeOptions& options) {
  ProgramRounds rounds(TraitId::kMemorySpace, runtime, options);
  rounds.look_at_properties(rounds.quick() ? 60 : 600);
  return finish(rounds);
}

static const ProbeRegistration kRegistered(TraitId::kMemorySpace, &observe_memory_space);

}  // namespace assay
