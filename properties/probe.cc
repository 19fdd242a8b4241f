#include "properties/probe.h"

#include <array>
#include <stdexcept>

#include "models/trait_table.h"

namespace assay {
namespace {

using Table = std::array<ProbeFunction, kTraits.size()>;

/// A function's own, so that it is there before the first registration.
Table& table() {
  static Table functions{};
  return functions;
}

}  // namespace

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
