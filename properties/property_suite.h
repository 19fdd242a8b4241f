/// The property suites: every property of every known runtime, at every scale, as GoogleTests.
///
/// A test is named by trait and runtime, and by the property and its scale:
/// `MemorySpace/std_thread.ReadsReturnWhatTheMemorySpaceSays/1000`. It fails when a program
/// excludes the value that the runtime declares, with the smallest such program, the seed and the
/// command that shows it again; and when the programs that should have been generated never were.
/// What the runtime says it cannot do, and what a limit of the machine forbids, is skipped with the
/// reason.
///
/// Environment: ASSAY_SEED (else TEST_RANDOM_SEED, else 1) is the seed. ASSAY_MOST_KERNEL_UNITS
/// bounds the units of runtimes that are no coroutines; the tests above it are skipped, and say so.
///
/// Hazard: as with all probes, the test must not start threads of its own before.
#pragma once

#include <cstddef>
#include <string>

#include "models/runtime.h"
#include "properties/probe.h"
#include "properties/property.h"

namespace assay {

/// What a test of one property found.
struct PropertyResult {
  bool fails = false;
  bool skipped = false;
  std::string text;  ///< Why it fails or was skipped, else what was generated.
};

/// Runs `count` programs of `units` units (0: 2 to 32) and holds what they exclude against what the
/// runtime declares.
PropertyResult check_property(Runtime& runtime, const Property& property, std::size_t units,
                              int count, const ProbeOptions& options);

/// Registers the tests of all properties that are linked, for a runtime.
void register_property_tests(Runtime& runtime);

}  // namespace assay
