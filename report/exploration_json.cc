#include "report/exploration_json.h"

#include "models/controlled/narrative.h"
#include "scenarios/sources.h"

namespace assay {
namespace {

using controlled::Event;
using controlled::Op;
using controlled::Story;

/// A value as the scenarios have them: their variables are signed numbers.
Json value(std::uint64_t held) { return static_cast<std::int64_t>(held); }

Json to_json(const Event& event, const Story& story, bool races) {
  const Op& op = event.op;
  Json json{{"unit", controlled::unit_of(event.proc)},
            {"by_store_buffer", controlled::is_buffer(event.proc)},
            {"operation", controlled::word_of(op)},
            {"object", Json()},
            {"text", controlled::describe(event, story)},
            {"read", value(event.read)},
            {"written", event.did_write ? value(event.written) : Json()},
            {"buffered", op.has(Op::kBuffered)},
            {"fails", !event.succeeded},
            {"inline", op.has(Op::kInline)},
            {"racing", races}};
  if (op.object != controlled::kNoObject) json["object"] = story.objects.at(op.object);
  if (op.other != controlled::kNoObject) json["mutex"] = story.objects.at(op.other);
  return json;
}

Json to_json(const Story& story) {
  const std::vector<bool> races = controlled::racing(story);
  Json steps = Json::array();
  for (std::size_t i = 0; i < races.size(); ++i) {
    steps.push_back(to_json(story.events[i], story, races[i]));
  }
  Json variables = Json::object();
  for (std::size_t i = 0; i < story.objects.size(); ++i) {
    variables[story.objects[i]] = value(story.initial[i]);
  }
  Json failures = Json::array();
  for (const controlled::Failing& failing : story.failures) {
    failures.push_back({{"kind", controlled::name_of(failing.kind)}, {"text", failing.text}});
  }
  return {
      {"units", story.units},      {"schedule", story.text()}, {"initial", std::move(variables)},
      {"steps", std::move(steps)}, {"waits", story.waits},     {"failures", std::move(failures)}};
}

std::string_view word(Reach reach) {
  constexpr std::array<std::string_view, 4> kWords{"sc", "tso", "relaxed", "forbidden"};
  return kWords.at(static_cast<std::size_t>(reach));
}

/// What was reached, with what is known of it, and what is known and was not reached.
Json outcomes_of(const ExploredScenario& explored) {
  const ScenarioInfo& info = explored.scenario->info();
  const bool documented = explored.units == info.units;
  Json outcomes = Json::array();
  for (const auto& [outcome, count] : explored.result.outcomes) {
    outcomes.push_back({{"numbers", outcome.text()}, {"executions", count}});
  }
  if (!documented) return outcomes;
  for (const ExpectedOutcome& expected : info.outcomes) {
    Json* found = nullptr;
    for (Json& outcome : outcomes) {
      if (outcome["numbers"] == expected.numbers) found = &outcome;
    }
    if (found == nullptr) {
      outcomes.push_back({{"numbers", expected.numbers}, {"executions", 0}});
      found = &outcomes.back();
    }
    (*found)["reach"] = word(expected.reach);
    (*found)["reason"] = expected.reason;
  }
  return outcomes;
}

/// What the scenario demands of some execution, and in how many it held.
Json sometimes_of(const ExploredScenario& explored) {
  Json all = Json::array();
  for (const auto& [text, count] : explored.result.sometimes)
    all.push_back({{"text", text}, {"executions", count}});
  return all;
}

Json scenario_json(const ExploredScenario& explored) {
  const ScenarioInfo& info = explored.scenario->info();
  Json json{{"name", info.name},
            {"title", info.title},
            {"defect", info.defect ? Json(controlled::name_of(*info.defect)) : Json()},
            {"twin", info.twin.empty() ? Json() : Json(info.twin)},
            {"cooperative", info.cooperative},
            {"source", Json()}};
  if (const EmbeddedFile* source = source_of_scenario(info.name)) {
    json["source"] = {{"file", "scenarios/" + std::string(source->name)}, {"text", source->text}};
  }
  return json;
}

std::string_view word(controlled::Strategy strategy) {
  constexpr std::array<std::string_view, 3> kWords{"dfs", "random", "pct"};
  return kWords.at(static_cast<std::size_t>(strategy));
}

}  // namespace

Json to_json(const ExploredScenario& explored, const MachineFacts& machine) {
  const controlled::ExploreOptions& options = explored.options;
  return {{"schema", "assay-exploration"},
          {"schema_version", kExplorationSchemaVersion},
          {"host", to_json(machine)},
          {"build", to_json(build_facts())},
          {"scenario", scenario_json(explored)},
          {"units", explored.units},
          {"memory_model", name_of(options.execution.memory)},
          {"strategy", word(options.strategy)},
          {"seed", options.seed},
          {"executions", explored.result.executions},
          {"failing", explored.result.failing},
          {"exhausted", explored.result.exhausted},
          {"coverage", explored.coverage},
          {"seconds", explored.seconds},
          {"outcomes", outcomes_of(explored)},
          {"sometimes", sometimes_of(explored)},
          {"story", explored.story ? to_json(*explored.story) : Json()},
          {"command", explored.command},
          {"replay", explored.replay}};
}

}  // namespace assay
