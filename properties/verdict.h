/// Verdict: an observation held against a claim. The only place that sees both.
#pragma once

#include <string>
#include <string_view>

#include "models/claim.h"
#include "properties/observation.h"

namespace assay {

enum class VerdictKind : std::uint8_t {
  kConfirmed,     ///< A witness, or an interval that excludes every other place in the order.
  kUnrefuted,     ///< A universal claim without a counterexample; say the number of tries.
  kRefuted,       ///< The observation excludes the declared value.
  kInconclusive,  ///< Neither: no witness within the bound, an interval that straddles, not
                  ///< measured.
  kUnsupported,   ///< The runtime says that it cannot do it.
  kUntested,      ///< No probe; the claim says why.
};

std::string_view to_string(VerdictKind kind);

struct Verdict {
  VerdictKind kind = VerdictKind::kUntested;
  /// One sentence: what was expected, what was found. Empty when there is nothing to explain.
  std::string reason;
  /// True when it fails a run: a required claim that is refuted.
  bool fails = false;
  /// True when something could not be measured or decided here.
  bool undecided = false;
};

/// Judges a claim by an observation of its trait.
Verdict judge(const Claim& claim, const Observation& observation);

}  // namespace assay
