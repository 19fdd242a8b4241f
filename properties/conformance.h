/// The conformance suites: every claim of a runtime as a GoogleTest, for any runtime.
///
/// A third party instantiates them with one line, in a test that depends on
/// `//properties:conformance` and `@googletest//:gtest_main`:
///
///     ASSAY_CONFORMANCE(my_runtime());
///
/// That registers one test a trait, named `Conformance/my_runtime.MemorySpace` and so on, which
/// `--gtest_filter` and Bazel's `--test_filter` select. The expression is evaluated before `main`:
/// give a function that returns a static object.
///
/// A refuted claim fails, and the failure says claim, source, what was expected, what was observed,
/// the evidence, the counterexample and the command that shows it again. What is inconclusive,
/// unsupported or untested does not fail; it prints why, and the property `verdict` of the test (in
/// the XML) says so. Environment: ASSAY_SEED (else TEST_RANDOM_SEED, else 1) is the seed, and
/// ASSAY_EFFORT=default looks more thoroughly than `quick`.
///
/// Hazard: probes fork. The test must not start threads of its own before.
#pragma once

#include <span>
#include <string>

#include "models/runtime.h"
#include "properties/probe.h"
#include "properties/verdict.h"

namespace assay {

/// What a test of one claim found.
struct Conformance {
  bool fails = false;
  std::string verdict;  ///< "unrefuted (120 tries)", or "not judged".
  std::string text;     ///< The whole report, many lines; says why where there is no verdict.
};

/// Seed, effort and helper program from the environment, and the rivals of the runtime.
ProbeOptions conformance_options(const Runtime& runtime);

/// Observes the trait and judges the runtime's claim about it. A probe that throws is inconclusive.
Conformance check_conformance(Runtime& runtime, const Trait& trait, const Probe& probe,
                              const ProbeOptions& options);

/// Why the trait is not judged in this build, or an empty text: sanitizers change what things cost.
std::string not_judged_here(const Trait& trait);

/// Registers the tests of one runtime with GoogleTest; `file` and `line` are where a failure points
/// to. Returns true.
bool register_conformance(Runtime& runtime, const char* file, int line);

}  // namespace assay

#define ASSAY_CONFORMANCE_NAME2(line) assay_conformance_registered_##line
#define ASSAY_CONFORMANCE_NAME(line) ASSAY_CONFORMANCE_NAME2(line)

/// Instantiates the suites for a runtime; see above. At namespace scope, once a line.
#define ASSAY_CONFORMANCE(runtime)                                      \
  [[maybe_unused]] static const bool ASSAY_CONFORMANCE_NAME(__LINE__) = \
      ::assay::register_conformance(runtime, __FILE__, __LINE__)
