#include "models/trait.h"

#include "models/trait_table.h"

namespace assay {

std::span<const Trait> traits() { return kTraits; }

const Trait& trait(TraitId id) { return kTraits[static_cast<std::size_t>(id)]; }

const Trait* find_trait(std::string_view slug) {
  for (const Trait& candidate : kTraits) {
    if (candidate.slug == slug) return &candidate;
  }
  return nullptr;
}

ValueSet ValueSet::all(const Trait& trait) {
  ValueSet set;
  for (std::size_t i = 0; i < trait.values.size(); ++i) set.insert(static_cast<std::uint8_t>(i));
  return set;
}

}  // namespace assay
