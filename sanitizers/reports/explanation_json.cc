#include "sanitizers/reports/explanation_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "sanitizers/reports/own_code.h"

namespace assay {
namespace {

using Json = nlohmann::ordered_json;

// Bytes that are no UTF-8 are replaced: the reports are whatever a program printed.
std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json frame_json(const Frame& frame) {
  Json json = {{"function", frame.function}, {"file", frame.file},     {"line", frame.line},
               {"column", frame.column},     {"module", frame.module}, {"offset", frame.offset}};
  json["library"] = is_library_frame(frame);
  return json;
}

Json stack_json(const Stack& stack) {
  Json json = Json::array();
  for (const Frame& frame : stack) json.push_back(frame_json(frame));
  return json;
}

Json place_json(const ExplainedPlace& place) {
  return {{"what", place.what},           {"where", place.where},
          {"file", place.frame.file},     {"line", place.frame.line},
          {"column", place.frame.column}, {"stack", stack_json(place.stack)}};
}

Json report_json(const ExplainedReport& explained) {
  const Report& report = explained.report;
  const Explanation& explanation = explained.explanation;
  Json places = Json::array();
  for (const ExplainedPlace& place : explanation.places) places.push_back(place_json(place));
  return {{"kind", slug(report.kind)},
          {"detector", to_string(report.detector)},
          {"text", report.text},
          {"pid", report.pid},
          {"first_line", report.first_line},
          {"last_line", report.last_line},
          {"truncated", report.truncated},
          {"times", explained.times},
          {"headline", explanation.headline},
          {"meaning", explanation.meaning},
          {"places", places},
          {"missing", explanation.missing},
          {"locks", explanation.locks},
          {"memory", explanation.memory},
          {"variable", report.location.name},
          {"threads", explanation.threads},
          {"fixes", explanation.fixes},
          {"gallery", explanation.gallery},
          {"reproduce", explanation.reproduce}};
}

// A path of a URI reference (RFC 3986): other bytes are percent-encoded.
std::string uri(std::string_view path) {
  std::string encoded = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/+").find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

Json location_json(std::string_view file, const Json& region, std::string_view what) {
  return {{"physicalLocation", {{"artifactLocation", {{"uri", uri(file)}}}, {"region", region}}},
          {"message", {{"text", what}}}};
}

Json location_json(const ExplainedPlace& place) {
  Json region = {{"startLine", place.frame.line}};
  if (place.frame.column != 0) region["startColumn"] = place.frame.column;
  return location_json(place.frame.file, region, place.what);
}

// GitHub takes no file of which one result has no location.
Json location_in_log(std::string_view log, const Report& report) {
  return location_json(log, {{"startLine", std::max<std::uint64_t>(report.first_line, 1)}},
                       "the report, in which no place of the program has a source line");
}

bool has_line(const ExplainedPlace& place) {
  return !place.frame.file.empty() && place.frame.line != 0;
}

std::string_view level(const Report& report) {
  return report.kind == ReportKind::kUnknown || report.kind == ReportKind::kDetectorFailure
             ? "warning"
             : "error";
}

Json result_json(const ExplainedReport& explained, std::string_view log) {
  const Explanation& explanation = explained.explanation;
  std::string message = explanation.headline;
  if (!explanation.fixes.empty()) message += ". Usual fix: " + explanation.fixes.front();
  Json result = {{"ruleId", slug(explained.report.kind)},
                 {"level", level(explained.report)},
                 {"message", {{"text", message}}},
                 {"locations", Json::array()}};
  Json related = Json::array();
  std::string fingerprint(slug(explained.report.kind));
  for (const ExplainedPlace& place : explanation.places) {
    if (!has_line(place)) continue;
    fingerprint += fmt::format(" {}:{}", uri(place.frame.file), place.frame.line);
    if (result["locations"].empty()) {
      result["locations"].push_back(location_json(place));
      continue;
    }
    Json other = location_json(place);
    other["id"] = related.size() + 1;
    related.push_back(other);
  }
  if (result["locations"].empty()) {
    result["locations"].push_back(location_in_log(log, explained.report));
  }
  if (!related.empty()) result["relatedLocations"] = related;
  result["partialFingerprints"] = {{"assay/places/v1", fingerprint}};
  result["occurrenceCount"] = explained.times;
  return result;
}

Json rules_json(const std::vector<ExplainedReport>& reports) {
  std::set<ReportKind> seen;
  Json rules = Json::array();
  for (const ExplainedReport& explained : reports) {
    const ReportKind kind = explained.report.kind;
    if (!seen.insert(kind).second) continue;
    std::string help;
    for (const std::string& fix : explained.explanation.fixes) help += fmt::format("- {}\n", fix);
    rules.push_back({{"id", slug(kind)},
                     {"shortDescription", {{"text", meaning(kind)}}},
                     {"fullDescription", {{"text", meaning(kind)}}},
                     {"help", {{"text", help}}}});
  }
  return rules;
}

}  // namespace

std::string explanation_json(const std::vector<ExplainedReport>& reports,
                             const std::vector<Problem>& problems) {
  Json items = Json::array();
  for (const ExplainedReport& explained : reports) items.push_back(report_json(explained));
  Json said = Json::array();
  for (const Problem& problem : problems) {
    said.push_back({{"line", problem.line},
                    {"reason", problem.reason},
                    {"text", problem.text},
                    {"foreign", problem.foreign}});
  }
  return dumped({{"schema", "assay-explanation"},
                 {"schema_version", 1},
                 {"reports", items},
                 {"problems", said}});
}

std::string explanation_sarif(const std::vector<ExplainedReport>& reports, std::string_view log) {
  Json results = Json::array();
  for (const ExplainedReport& explained : reports) {
    results.push_back(result_json(explained, log));
  }
  const Json driver = {{"name", "assay"}, {"rules", rules_json(reports)}};
  const Json run = {{"tool", {{"driver", driver}}}, {"results", results}};
  return dumped({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                 {"version", "2.1.0"},
                 {"runs", Json::array({run})}});
}

}  // namespace assay
