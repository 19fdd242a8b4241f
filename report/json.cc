#include "report/json.h"

#include <array>
#include <cmath>
#include <limits>

namespace assay {
namespace {

Json to_json(const EvidenceValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

double number(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

EvidenceValue evidence_value(const Json& json) {
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number() || json.is_null()) return number(json);
  if (json.is_string()) return json.get<std::string>();
  if (!json.empty() && json.front().is_string()) return json.get<std::vector<std::string>>();
  std::vector<double> samples;
  for (const Json& item : json) samples.push_back(number(item));
  return samples;
}

Json to_json(ValueSet set, const Trait& trait) {
  Json slugs = Json::array();
  for (std::size_t i = 0; i < trait.values.size(); ++i) {
    if (set.contains(static_cast<std::uint8_t>(i))) slugs.push_back(trait.values[i].slug);
  }
  return slugs;
}

ValueSet set_from_json(const Json& json, const Trait& trait) {
  ValueSet set;
  for (std::size_t i = 0; i < trait.values.size(); ++i) {
    for (const Json& slug : json) {
      if (slug == trait.values[i].slug) set.insert(static_cast<std::uint8_t>(i));
    }
  }
  return set;
}

Json to_json(const Claim& claim) {
  const Trait& of = trait(claim.trait);
  const bool declared = claim.word != "(no claim)";
  return {{"slug", claim.slug()},
          {"model", to_string(claim.model)},
          {"trait", of.slug},
          {"title", of.title},
          {"value", declared ? Json(of.values[claim.value].slug) : Json()},
          {"meaning", declared ? Json(of.values[claim.value].meaning) : Json()},
          {"wording", claim.word},
          {"source", claim.source},
          {"modality", to_string(claim.modality)},
          {"modality_reason", claim.reason}};
}

Json to_json(const RunFacts& run) {
  return {
      {"started", run.started},     {"seconds", run.seconds},
      {"seed", run.seed},           {"effort", run.effort == Effort::kQuick ? "quick" : "default"},
      {"arguments", run.arguments}, {"interrupted", run.interrupted}};
}

Json summary(const std::vector<Result>& results) {
  const Tally tally(results);
  Json json;
  for (std::size_t i = 0; i < std::size(tally.of_kind); ++i) {
    json[std::string(to_string(static_cast<VerdictKind>(i)))] = tally.of_kind[i];
  }
  json["exit_status"] = tally.exit_status();
  return json;
}

}  // namespace

Json to_json(const MachineFacts& machine) {
  return {{"cpu", machine.cpu},
          {"cores", machine.cores},
          {"memory_bytes", machine.memory_bytes},
          {"memory_available_bytes", machine.memory_available_bytes},
          {"kernel", machine.kernel},
          {"architecture", machine.architecture}};
}

Json to_json(const BuildFacts& build) {
  return {{"version", build.version},
          {"compiler", build.compiler},
          {"flags", build.flags},
          {"variant", build.variant}};
}

Json to_json(const Observation& observation, const Trait& trait) {
  Json evidence = Json::object();
  for (const auto& [name, value] : observation.evidence.items()) evidence[name] = to_json(value);
  return {{"measured", observation.measured},
          {"allowed", to_json(observation.allowed, trait)},
          {"witnessed", to_json(observation.witnessed, trait)},
          {"tries", observation.tries},
          {"figure", observation.figure},
          {"reason", observation.reason},
          {"counterexample", observation.counterexample},
          {"evidence", evidence}};
}

Observation observation_from_json(const Json& json, const Trait& trait) {
  Observation observation;
  observation.measured = json.at("measured");
  observation.allowed = set_from_json(json.at("allowed"), trait);
  observation.witnessed = set_from_json(json.at("witnessed"), trait);
  observation.tries = json.at("tries");
  observation.figure = json.at("figure");
  observation.reason = json.at("reason");
  observation.counterexample = json.at("counterexample");
  for (const auto& [name, value] : json.at("evidence").items()) {
    observation.evidence.set(name, evidence_value(value));
  }
  return observation;
}

Json to_json(const Result& result) {
  return {{"runtime", result.runtime},
          {"claim", to_json(result.claim)},
          {"verdict",
           {{"kind", to_string(result.verdict.kind)},
            {"reason", result.verdict.reason},
            {"fails", result.verdict.fails},
            {"undecided", result.verdict.undecided}}},
          {"observation", to_json(result.observation, trait(result.claim.trait))},
          {"seconds", result.seconds},
          {"command", result.command}};
}

Json to_json(const std::vector<Result>& results, const RunFacts& run, const MachineFacts& machine) {
  Json list = Json::array();
  for (const Result& result : results) list.push_back(to_json(result));
  return {{"schema", "assay-results"},
          {"schema_version", kSchemaVersion},
          {"host", to_json(machine)},
          {"build", to_json(build_facts())},
          {"run", to_json(run)},
          {"summary", summary(results)},
          {"results", list}};
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay
