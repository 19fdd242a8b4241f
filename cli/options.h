/// The flags that say what to observe and how: runtimes, traits, units, seed, duration, effort.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/quantities.h"
#include "models/runtime.h"
#include "properties/probe.h"

namespace assay {

struct Options {
  std::vector<Runtime*> runtimes;
  std::vector<TraitId> traits;
  std::vector<std::size_t> units;
  std::uint64_t seed = 1;
  std::chrono::nanoseconds duration{0};
  Effort effort = Effort::kDefault;
  std::string json;  ///< Empty: no file.
  /// The flags that choose a runtime, by its name, where they are not --runtime=NAME.
  std::map<std::string, std::string> flags;
};

/// Whether a command has `--quick`, or is quick always and gives each claim 50 ms by default.
enum class OffersQuick : std::uint8_t { kYes, kNo };

/// Adds the flags to a command and returns what reads them, once the command line was read. It
/// throws UsageError with one line that says what to do.
std::function<Options()> add_options(CLI::App& app, OffersQuick offers_quick = OffersQuick::kYes);

/// "fork,std_thread" or "all"; empty: the reference of each model. Throws UsageError.
std::vector<Runtime*> parse_runtimes(const std::string& text);

/// "sleep,isolation" or "all"; empty: all. Throws UsageError.
std::vector<TraitId> parse_traits(const std::string& text);

/// How many units of these runtimes there may be here.
UnitLimit unit_limit(const std::vector<Runtime*>& runtimes);

}  // namespace assay
