#include "report/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "report/testing_schema.h"

namespace assay {
namespace {

Json schema() { return schema_of("results-1.json"); }

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
  EXPECT_EQ(faults(Json::parse(dump(document(), 2)), schema()), "");
}

TEST(JsonDocument, TheCheckerFindsWhatIsWrong) {
  const auto broken = [](auto&& breaking) {
    Json json = document();
    breaking(json);
    return faults(json, schema());
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

TEST(JsonDocument, TheCheckerFollowsReferencesAndAlternatives) {
  const Json schema = Json::parse(R"({
    "anyOf": [{"$ref": "#/definitions/named"}, {"required": ["host", "build"]}],
    "properties": {"host": {"$ref": "results-1.json#/properties/host"}},
    "definitions": {"named": {"required": ["name"], "properties": {"name": {"type": "string"}}}}})");
  const Json host = document()["host"];
  EXPECT_EQ(faults({{"name", "a"}}, schema), "");
  EXPECT_EQ(faults({{"host", host}, {"build", 1}}, schema), "");
  EXPECT_EQ(faults({{"host", host}}, schema), ": 'name' is missing\n");
  EXPECT_EQ(faults({{"name", 1}}, schema), "/name: 1: type \"string\"\n");
  EXPECT_NE(faults({{"name", "a"}, {"host", Json::object()}}, schema).find("'cores' is missing"),
            std::string::npos);
  EXPECT_EQ(faults(1, {{"maximum", 2}}), ": this checker does not know 'maximum'\n");
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
