#include "properties/observation.h"

#include <algorithm>

namespace assay {

Evidence& Evidence::set(std::string_view name, EvidenceValue value) {
  const auto same = [&](const Item& item) { return item.first == name; };
  const auto found = std::find_if(items_.begin(), items_.end(), same);
  if (found != items_.end()) {
    found->second = std::move(value);
  } else {
    items_.emplace_back(name, std::move(value));
  }
  return *this;
}

const EvidenceValue* Evidence::find(std::string_view name) const {
  const auto same = [&](const Item& item) { return item.first == name; };
  const auto found = std::find_if(items_.begin(), items_.end(), same);
  return found != items_.end() ? &found->second : nullptr;
}

Observation not_measured(const Trait& trait, std::string reason) {
  Observation observation;
  observation.measured = false;
  observation.allowed = ValueSet::all(trait);
  observation.reason = std::move(reason);
  return observation;
}

}  // namespace assay
