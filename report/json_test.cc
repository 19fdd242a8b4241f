// The document against report/schema.json, by a checker of the keywords that the schema uses.
#include "report/json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>

namespace assay {
namespace {

bool is_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "null") return value.is_null();
  ADD_FAILURE() << "this checker does not know the type " << type;
  return false;
}

bool is_any_type(const Json& value, const Json& types) {
  if (types.is_string()) return is_type(value, types);
  return std::any_of(types.begin(), types.end(), [&](const Json& t) { return is_type(value, t); });
}

/// What is wrong with `value`, one line each.
std::string faults(const Json& value, const Json& schema, const std::string& path);

std::string faults_of_object(const Json& value, const Json& schema, const std::string& path) {
  std::string found;
  for (const Json& name : schema.value("required", Json::array())) {
    if (!value.contains(name.get<std::string>())) {
      found += path + ": '" + name.get<std::string>() + "' is missing\n";
    }
  }
  const Json known = schema.value("properties", Json::object());
  const Json others = schema.value("additionalProperties", Json(true));
  for (const auto& [name, item] : value.items()) {
    if (known.contains(name)) {
      found += faults(item, known[name], path + "/" + name);
    } else if (others.is_object()) {
      found += faults(item, others, path + "/" + name);
    } else if (!others.get<bool>()) {
      found += path + ": '" + name + "' is not in the schema\n";
    }
  }
  return found;
}

std::string faults(const Json& value, const Json& schema, const std::string& path) {
  std::string found;
  const std::string shown = path + ": " + dump(value, -1).substr(0, 60);
  if (schema.contains("type") && !is_any_type(value, schema["type"])) found += shown + ": type\n";
  if (schema.contains("const") && value != schema["const"]) found += shown + ": const\n";
  if (schema.contains("minimum") && value < schema["minimum"]) found += shown + ": minimum\n";
  if (schema.contains("enum")) {
    const Json& allowed = schema["enum"];
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      found += shown + ": enum\n";
    }
  }
  if (value.is_object()) found += faults_of_object(value, schema, path);
  if (value.is_array() && schema.contains("items")) {
    for (const Json& item : value) found += faults(item, schema["items"], path + "/item");
  }
  return found;
}

Json schema() {
  std::ifstream file("report/schema.json");
  return Json::parse(file);
}

std::vector<Result> two_results() {
  Result result;
  result.runtime = "std_thread";
  result.claim = claim(Model::kThread, TraitId::kSleep, Sleep::kOverlaps, "overlap", "sleep(3)");
  result.verdict.kind = VerdictKind::kRefuted;
  result.verdict.fails = true;
  result.observation.allowed = {Sleep::kSerial};
  result.observation.evidence.set("ns", std::vector<double>{1, 2.5})
      .set("infinite", std::numeric_limits<double>::infinity())
      .set("count", 3)
      .set("names", std::vector<std::string>{"a", "\xff"});
  Result undeclared = result;
  undeclared.claim.word = "(no claim)";
  undeclared.claim.modality = Modality::kUntested;
  return {result, undeclared};
}

Json document() { return to_json(two_results(), RunFacts(), machine_facts()); }

TEST(JsonDocument, HoldsToItsSchemaAfterBeingWrittenAndRead) {
  EXPECT_EQ(faults(Json::parse(dump(document(), 2)), schema(), ""), "");
}

TEST(JsonDocument, TheCheckerFindsWhatIsWrong) {
  const auto broken = [](auto&& breaking) {
    Json json = document();
    breaking(json);
    return faults(json, schema(), "");
  };
  EXPECT_NE(broken([](Json& j) { j.erase("host"); }), "");
  EXPECT_NE(broken([](Json& j) { j["schema_version"] = 2; }), "");
  EXPECT_NE(broken([](Json& j) { j["results"][0]["verdict"]["kind"] = "maybe"; }), "");
  EXPECT_NE(broken([](Json& j) { j["results"][0]["claim"]["source"] = 1; }), "");
  EXPECT_NE(broken([](Json& j) { j["results"][0]["surprise"] = 1; }), "");
  EXPECT_NE(broken([](Json& j) { j["host"]["cores"] = 0; }), "");
  EXPECT_NE(
      broken([](Json& j) { j["results"][0]["observation"]["evidence"]["o"] = Json::object(); }),
      "");
}

TEST(JsonDocument, CarriesHostBuildSeedClaimAndEvidence) {
  RunFacts run;
  run.seed = 18'000'000'000'000'000'000U;
  const Json json = Json::parse(dump(to_json(two_results(), run, machine_facts()), -1));
  EXPECT_EQ(json["run"]["seed"].get<std::uint64_t>(), run.seed);
  EXPECT_NE(json["host"]["kernel"].get<std::string>().find("Linux"), std::string::npos);
  EXPECT_NE(json["build"]["compiler"].get<std::string>(), "");
  EXPECT_NE(json["build"]["flags"].get<std::string>().find("-std=c++20"), std::string::npos);
  EXPECT_EQ(json["build"]["variant"], ASSAY_VARIANT);
  const Json& result = json["results"][0];
  EXPECT_EQ(result["claim"]["slug"], "thread.sleep");
  EXPECT_EQ(result["claim"]["value"], "overlaps");
  EXPECT_EQ(result["observation"]["allowed"], Json::array({"serial"}));
  EXPECT_EQ(result["observation"]["evidence"]["count"], 3);
  EXPECT_EQ(json["results"][1]["claim"]["value"], Json());
  EXPECT_EQ(json["summary"]["refuted"], 2);
  EXPECT_EQ(json["summary"]["exit_status"], 1);
}

TEST(JsonDocument, AnObservationComesBackAsItWas) {
  const Observation before = two_results()[0].observation;
  const Trait& of = trait(TraitId::kSleep);
  const Observation after = observation_from_json(Json::parse(dump(to_json(before, of), -1)), of);
  EXPECT_EQ(after.allowed, before.allowed);
  EXPECT_EQ(std::get<std::vector<double>>(*after.evidence.find("ns")),
            (std::vector<double>{1, 2.5}));
  EXPECT_EQ(std::get<std::vector<std::string>>(*after.evidence.find("names"))[1], "\uFFFD");
}

}  // namespace
}  // namespace assay
