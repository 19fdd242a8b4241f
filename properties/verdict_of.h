/// For tests: observes a trait of a runtime and judges the runtime's claim about it.
#pragma once

#include "properties/probe.h"
#include "properties/verdict.h"

namespace assay {

struct Judged {
  Observation observation;
  Verdict verdict;
};

/// Runs the trait's probe on the runtime and judges the runtime's own claim, which it must have.
inline Judged judge_runtime(Runtime& runtime, TraitId trait, const ProbeOptions& options) {
  Judged judged;
  judged.observation = observe(probe_of(trait), runtime, options);
  judged.verdict = judge(*runtime.claim_of(trait), judged.observation);
  return judged;
}

}  // namespace assay
