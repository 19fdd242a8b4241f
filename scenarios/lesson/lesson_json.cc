#include <nlohmann/json.hpp>

#include "models/controlled/narrative.h"
#include "properties/statistics.h"
#include "scenarios/lesson/lesson.h"

namespace assay {
namespace {

using Json = nlohmann::ordered_json;

Json explored_json(const Explained& explored) {
  Json json{{"executions", explored.executions}, {"exhausted", explored.exhausted}};
  if (!explored.smallest) return json;
  Json failures = Json::array();
  for (const controlled::Failing& failing : explored.story.failures)
    failures.push_back({{"kind", controlled::name_of(failing.kind)}, {"text", failing.text}});
  Json steps = Json::array();
  for (const controlled::Event& event : explored.story.events) {
    steps.push_back({{"unit", controlled::unit_of(event.proc)},
                     {"store_buffer", controlled::is_buffer(event.proc)},
                     {"text", controlled::describe(event, explored.story.objects)}});
  }
  json["smallest"] = {{"certain", explored.smallest->certain},
                      {"preemptions", explored.smallest->preemptions},
                      {"schedule", explored.story.text()},
                      {"replay", explored.replay},
                      {"failures", failures},
                      {"steps", steps}};
  return json;
}

Json real_json(const RealSample& real) {
  Json outcomes = Json::array();
  for (const RealSample::Seen& seen : real.outcomes) {
    outcomes.push_back(
        {{"numbers", seen.outcome.text()}, {"count", seen.count}, {"wrong", seen.wrong}});
  }
  Json json{{"runtime", real.runtime}, {"runs", real.runs},       {"wrong", real.wrong},
            {"no_end", real.hung},     {"trouble", real.trouble}, {"outcomes", outcomes}};
  if (real.runs == 0) return json;
  const Interval share = wilson(real.wrong, real.runs);
  json["share_of_wrong"] = {{"low", share.low}, {"high", share.high}};
  return json;
}

Json place_json(const Sanitized::Place& place) {
  Json lines = Json::array();
  for (const Sanitized::Line& line : place.source)
    lines.push_back({{"number", line.number}, {"text", line.text}});
  return {{"what", place.what}, {"file", place.file}, {"line", place.line}, {"source", lines}};
}

Json sanitized_json(const Sanitized& said) {
  static constexpr const char* kVerdicts[] = {"reported", "silent", "unavailable"};
  Json reports = Json::array();
  for (const Sanitized::Explained& report : said.reports) {
    Json places = Json::array();
    for (const Sanitized::Place& place : report.places) places.push_back(place_json(place));
    reports.push_back({{"headline", report.headline},
                       {"meaning", report.meaning},
                       {"missing", report.missing},
                       {"fixes", report.fixes},
                       {"places", places}});
  }
  return {{"verdict", kVerdicts[static_cast<std::size_t>(said.verdict)]},
          {"schedules", said.schedules},
          {"reason", said.reason},
          {"reports", reports}};
}

Json seen_json(const LessonSide& seen) {
  return {{"scenario", seen.scenario->info().name},      {"title", seen.scenario->info().title},
          {"explored", explored_json(seen.explored)},    {"real", real_json(seen.real)},
          {"sanitized", sanitized_json(seen.sanitized)}, {"silent", seen.silent()}};
}

}  // namespace

std::string lesson_json(const Lesson& lesson) {
  const Json json{{"assay_race", 1},
                  {"units", lesson.defect.units},
                  {"memory_model", name_of(lesson.defect.memory)},
                  {"declared", controlled::name_of(*lesson.defect.scenario->info().defect)},
                  {"holds", lesson.holds()},
                  {"complete", lesson.complete()},
                  {"defect", seen_json(lesson.defect)},
                  {"twin", seen_json(lesson.twin)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace assay
