/// Probe: code that observes one trait of any runtime, blind to what the runtime declares.
///
/// The table of all probes is `probes()`. A probe runs on the main thread, one at a time; whatever
/// may hang or crash runs in host processes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "properties/observation.h"

namespace assay {

/// How thoroughly to look.
enum class Effort : std::uint8_t {
  kQuick,    ///< All probes of three runtimes in 10 s on 2 cores.
  kDefault,  ///< In 60 s.
};

struct ProbeOptions {
  std::uint64_t seed = 1;
  Effort effort = Effort::kDefault;
  /// Unit counts at which a trait is observed; empty: the probe's own (2, 64 and 1,000 by default).
  std::vector<std::size_t> units;
  /// About how long a probe may take; 0: as its effort says. Only for ending early, never judged.
  std::chrono::nanoseconds duration{0};
  /// The reference runtimes of the other models, for orders. Of the same language.
  std::vector<Runtime*> rivals;
  /// A helper program built with ThreadSanitizer (see properties/race_helper.cc); empty: not at
  /// hand.
  std::string race_helper;
  /// Called between rounds with a short text, for progress on a terminal.
  std::function<void(const std::string&)> progress;
};

using ProbeFunction = Observation (*)(Runtime& runtime, const ProbeOptions& options);

struct Probe {
  TraitId trait;
  ProbeFunction observe;
};

/// What the probe saw of the runtime. A probe that throws did not measure anything; and under a
/// limit that is too low (properties/low_limit.h) nothing counts but what was witnessed, since the
/// limit may be why the rest was not seen. Nor does it where the runtime hung before in this
/// process and hangs again: a program of it is then given up after 2 s.
Observation observe(const Probe& probe, Runtime& runtime, const ProbeOptions& options);

/// Adds a probe to the table, at start-up: `const ProbeRegistration kRegistered(TraitId::kSleep,
/// &observe_sleep);` at namespace scope in the file of the probe, in a library with `alwayslink`.
/// Throws std::logic_error when the trait has a probe.
struct ProbeRegistration {
  ProbeRegistration(TraitId trait, ProbeFunction observe);
};

/// All probes that are linked, one a trait, in the order of the traits.
std::vector<Probe> probes();

/// The probe of a trait. Throws std::logic_error, naming the trait, when none is linked.
Probe probe_of(TraitId trait);

}  // namespace assay
