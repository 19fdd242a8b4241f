#include "properties/verdict.h"

#include <array>

namespace assay {
namespace {

std::string words_of(const Trait& trait, ValueSet set) {
  std::string words;
  for (std::size_t i = 0; i < trait.values.size(); ++i) {
    if (!set.contains(static_cast<std::uint8_t>(i))) continue;
    words += (words.empty() ? "" : " or ") + std::string(trait.values[i].slug);
  }
  return words.empty() ? "what no value of the trait allows" : words;
}

std::string explain(const Trait& trait, const Claim& claim, const Observation& observation) {
  std::string text = "expected " + std::string(trait.values[claim.value].slug) + " (" +
                     std::string(trait.values[claim.value].meaning) + "), observed " +
                     words_of(trait, observation.allowed);
  if (!observation.reason.empty()) text += ": " + observation.reason;
  return text;
}

VerdictKind kind_of(const TraitValue& value, const Claim& claim, const Observation& observation) {
  if (!observation.measured) return VerdictKind::kInconclusive;
  if (!observation.allowed.contains(claim.value)) {
    // What holds with some frequency is not refuted by not being seen.
    return claim.modality == Modality::kStochastic ? VerdictKind::kInconclusive
                                                   : VerdictKind::kRefuted;
  }
  if (value.kind == ValueKind::kUniversal) {
    return observation.tries > 0 ? VerdictKind::kUnrefuted : VerdictKind::kInconclusive;
  }
  const bool only = observation.allowed.size() == 1;
  return only || observation.witnessed.contains(claim.value) ? VerdictKind::kConfirmed
                                                             : VerdictKind::kInconclusive;
}

}  // namespace

std::string_view to_string(VerdictKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"confirmed",    "unrefuted",   "refuted",
                                                   "inconclusive", "unsupported", "untested"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Verdict judge(const Claim& claim, const Observation& observation) {
  if (claim.modality == Modality::kUntested)
    return {VerdictKind::kUntested, claim.reason, false, false};
  if (claim.modality == Modality::kUnsupported) {
    return {VerdictKind::kUnsupported, claim.reason, false, false};
  }
  const Trait& of = trait(claim.trait);
  Verdict verdict;
  verdict.kind = kind_of(of.values[claim.value], claim, observation);
  verdict.fails = verdict.kind == VerdictKind::kRefuted && claim.modality == Modality::kRequired;
  verdict.undecided = verdict.kind == VerdictKind::kInconclusive;
  if (!observation.measured) {
    verdict.reason = "not measured here: " + observation.reason;
  } else if (verdict.kind == VerdictKind::kRefuted || verdict.undecided) {
    verdict.reason = explain(of, claim, observation);
  }
  return verdict;
}

}  // namespace assay
