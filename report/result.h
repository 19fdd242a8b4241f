/// A result: one cell of the table, which is a claim, what was observed of it, and the verdict.
///
/// Plain data without references to runtimes, so that it outlives them and crosses processes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/claim.h"
#include "models/runtime.h"
#include "properties/observation.h"
#include "properties/probe.h"
#include "properties/verdict.h"

namespace assay {

struct Result {
  std::string runtime;
  /// What the runtime declares; modality kUntested where it declares nothing.
  Claim claim;
  Observation observation;
  Verdict verdict;
  double seconds = 0;   ///< Wall time that the probe took.
  std::string command;  ///< Shows the same again: "assay check --runtime=fork ...".
};

/// What `runtime` declares of `trait`; where it declares nothing, an untested claim that says so.
Claim claim_or_none(const Runtime& runtime, const Trait& trait);

/// The claim of a runtime that declares nothing.
Claim no_claim(const Runtime& runtime, const Trait& trait);

/// The command ("check", "profile") that shows a cell again with the same seed, effort, unit counts
/// and duration. `chosen` are the flags that choose its runtime: "--runtime=fork".
/// ASSAY_COMMAND, which ci/assay sets, stands for "assay" where it is set.
std::string reproduce_command(std::string_view chosen, const Trait& trait,
                              const ProbeOptions& options, std::string_view command = "check");

/// How often each verdict was reached, indexed by VerdictKind.
struct Tally {
  explicit Tally(const std::vector<Result>& results);
  int of_kind[6] = {};
  int failures = 0;   ///< Required claims that were refuted.
  int undecided = 0;  ///< Claims that could not be measured or decided here.

  /// 0: nothing refuted; 1: something refuted; 3: something undecided.
  [[nodiscard]] int exit_status() const;
};

}  // namespace assay
