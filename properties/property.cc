#include "properties/property.h"

#include <rapidcheck/Random.h>

#include <algorithm>
#include <tuple>

namespace assay {
namespace {

std::vector<Property>& table() {
  static std::vector<Property> all;
  return all;
}

}  // namespace

PropertyRegistration::PropertyRegistration(Property property) {
  table().push_back(std::move(property));
}

std::vector<Property> properties() {
  std::vector<Property> all = table();
  std::sort(all.begin(), all.end(), [](const Property& a, const Property& b) {
    return std::tie(a.trait, a.name) < std::tie(b.trait, b.name);
  });
  return all;
}

std::vector<Property> properties_of(TraitId trait) {
  std::vector<Property> some = properties();
  std::erase_if(some, [&](const Property& property) { return property.trait != trait; });
  return some;
}

rc::Shrinkable<Case> case_of(const Property& property, std::size_t units, std::uint64_t seed,
                             std::uint64_t index) {
  constexpr std::uint64_t kStride = 37;  // No divisor in common with 100: every size comes.
  const auto size = static_cast<int>(1 + index * kStride % 100);
  return property.cases(units)(rc::Random(rc::Random::Key{seed, index, 0, 0}), size);
}

bool stands(Runtime& runtime, const Case& found, const Finding::Exclusion& exclusion) {
  if (!exclusion.may_be_slow) return true;
  const std::vector<Case> slower = found.slower();
  return std::ranges::all_of(slower, [&](const Case& slow) {
    const Trace trace = runtime.run(slow.program);
    if (!trace.completed()) return false;
    const Finding finding = slow.judge(trace);
    return std::ranges::any_of(finding.exclusions, [&](const Finding::Exclusion& again) {
      return again.value == exclusion.value;
    });
  });
}

Case smallest(const rc::Shrinkable<Case>& found,
              const std::function<bool(const Case&)>& still_fails, int budget) {
  Case best = found.value();
  auto children = found.shrinks();
  while (budget > 0) {
    const auto child = children.next();
    if (!child) break;
    --budget;
    Case candidate = child->value();
    if (!still_fails(candidate)) continue;
    best = std::move(candidate);
    children = child->shrinks();
  }
  return best;
}

}  // namespace assay
