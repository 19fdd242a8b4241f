/// Results as JSON: the documented, versioned schema of docs/schema/results-1.json.
///
/// Everything that is not UTF-8 (a program may print anything) is replaced; numbers that JSON
/// cannot carry (infinities, not-a-number) become null.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "properties/observation.h"
#include "report/machine_facts.h"
#include "report/result.h"

namespace assay {

using Json = nlohmann::ordered_json;

/// The `schema_version` of the documents that `to_json` makes. A reader of one version can read all
/// later documents of the same version: items are added, never removed or given another meaning.
inline constexpr int kSchemaVersion = 1;

/// What is true of a whole run.
struct RunFacts {
  std::uint64_t seed = 1;
  Effort effort = Effort::kDefault;
  std::vector<std::string> arguments;  ///< Of the command line, without the program's name.
  std::string started;                 ///< ISO 8601, UTC: "2026-11-23T14:55:00Z".
  double seconds = 0;
  bool interrupted = false;
};

Json to_json(const Observation& observation, const Trait& trait);
Json to_json(const Result& result);
Json to_json(const MachineFacts& machine);
Json to_json(const BuildFacts& build);
/// The document that `--json` writes.
Json to_json(const std::vector<Result>& results, const RunFacts& run, const MachineFacts& machine);

/// The inverse of `to_json`. Throws nlohmann::json::exception for what `to_json` did not make.
Observation observation_from_json(const Json& json, const Trait& trait);

/// The text of a document, in one line for `indent` -1.
std::string dump(const Json& json, int indent);

}  // namespace assay
