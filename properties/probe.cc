#include "properties/probe.h"

#include <array>
#include <exception>
#include <stdexcept>
#include <utility>

#include "models/trait_table.h"
#include "properties/low_limit.h"

namespace assay {
namespace {

using Table = std::array<ProbeFunction, kTraits.size()>;

/// A function's own, so that it is there before the first registration.
Table& table() {
  static Table functions{};
  return functions;
}

Observation observe_or_say_why_not(const Probe& probe, Runtime& runtime,
                                   const ProbeOptions& options) {
  try {
    return probe.observe(runtime, options);
  } catch (const std::exception& error) {
    return not_measured(trait(probe.trait), std::string("the probe failed: ") + error.what());
  } catch (...) {
    return not_measured(trait(probe.trait), "the probe failed with an exception of unknown kind");
  }
}

/// Nothing is excluded, and nothing is left that could have been.
Observation only_witnessed(Observation seen, const Trait& of, const std::string& limit) {
  if (seen.witnessed.empty()) seen.measured = false;
  seen.allowed = ValueSet::all(of);
  seen.tries = 0;
  seen.reason = limit + (seen.reason.empty() ? "" : "; seen: " + seen.reason);
  seen.evidence.set("low_limit", limit);
  return seen;
}

}  // namespace

Observation observe(const Probe& probe, Runtime& runtime, const ProbeOptions& options) {
  Observation seen = observe_or_say_why_not(probe, runtime, options);
  if (!seen.measured) return seen;
  const std::string limit = low_limit(kUnitsOfProbes);
  return limit.empty() ? seen : only_witnessed(std::move(seen), trait(probe.trait), limit);
}

ProbeRegistration::ProbeRegistration(TraitId trait, ProbeFunction observe) {
  ProbeFunction& place = table().at(static_cast<std::size_t>(trait));
  if (place != nullptr) {
    throw std::logic_error("two probes of the trait " + std::string(assay::trait(trait).slug));
  }
  place = observe;
}

std::vector<Probe> probes() {
  std::vector<Probe> linked;
  for (const Trait& trait : traits()) {
    const ProbeFunction observe = table().at(static_cast<std::size_t>(trait.id));
    if (observe != nullptr) linked.push_back({trait.id, observe});
  }
  return linked;
}

Probe probe_of(TraitId trait) {
  const ProbeFunction observe = table().at(static_cast<std::size_t>(trait));
  if (observe == nullptr) {
    throw std::logic_error("no probe of the trait " + std::string(assay::trait(trait).slug) +
                           " is linked; add its library to the deps (//properties:probes has all)");
  }
  return {trait, observe};
}

}  // namespace assay
