#include "models/controlled/narrative.h"
#include "properties/statistics.h"
#include "report/json.h"
#include "report/machine_facts.h"
#include "stress/lesson/lesson.h"

namespace assay {
namespace {

/// Of the document: within a version members are added, and none is given another meaning.
constexpr int kVersion = 1;

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
                     {"text", controlled::describe(event, explored.story)}});
  }
  json["smallest"] = {{"certain", explored.smallest->certain},
                      {"preemptions", explored.smallest->preemptions},
                      {"schedule", explored.story.text()},
                      {"replay", explored.replay},
                      {"failures", failures},
                      {"steps", steps}};
  return json;
}

Json real_json(const Sampled& real) {
  const Histogram& histogram = real.histogram;
  Json outcomes = Json::array();
  for (const Seen& seen : histogram.seen)
    outcomes.push_back({{"numbers", seen.numbers}, {"count", seen.count}, {"broken", seen.broken}});
  Json json{{"runtime", real.runtime},      {"command", real.command},
            {"samples", histogram.samples}, {"seconds", histogram.seconds},
            {"wrong", histogram.broken()},  {"no_end", histogram.stuck},
            {"others", histogram.others},   {"trouble", histogram.hindrance()},
            {"outcomes", outcomes}};
  if (histogram.samples == 0) return json;
  const Interval share = wilson(histogram.broken(), histogram.samples);
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
  const Json json{{"schema", "assay-race"},
                  {"schema_version", kVersion},
                  {"host", to_json(machine_facts())},
                  {"build", to_json(build_facts())},
                  {"units", lesson.defect.units},
                  {"memory_model", name_of(lesson.defect.memory)},
                  {"declared", controlled::name_of(*lesson.defect.scenario->info().defect)},
                  {"holds", lesson.holds()},
                  {"complete", lesson.complete()},
                  {"defect", seen_json(lesson.defect)},
                  {"twin", seen_json(lesson.twin)}};
  return dump(json, 2) + "\n";
}

}  // namespace assay
