#include "report/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>

#include "models/trait.h"

namespace assay {
namespace {

using Type = Json::value_t;

/// A part that the report reads: where it is, and what it must be. Numbers are all of one type.
struct Part {
  const char* at;
  Type type;
};

/// A kind of document: the name of its schema, the newest version that is read, and its parts.
struct Kind {
  const char* name;
  const char* schema;  ///< Null: a format that others define.
  int newest;
  std::vector<Part> parts;
  const char* items;  ///< An array of which each item has `item_parts`; null for none.
  std::vector<Part> item_parts;
};

const std::vector<Part>& parts_of_result() {
  static const std::vector<Part> kParts{{"/runtime", Type::string},
                                        {"/claim/slug", Type::string},
                                        {"/claim/model", Type::string},
                                        {"/claim/trait", Type::string},
                                        {"/claim/title", Type::string},
                                        {"/claim/wording", Type::string},
                                        {"/verdict/kind", Type::string},
                                        {"/verdict/reason", Type::string},
                                        {"/observation/figure", Type::string},
                                        {"/observation/tries", Type::number_float},
                                        {"/observation/evidence", Type::object},
                                        {"/command", Type::string}};
  return kParts;
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kAll{
      {"results", "assay-results", 1, {{"/summary", Type::object}}, "/results", parts_of_result()},
      {"sweep",
       "assay-sweep",
       1,
       {{"/seeds", Type::number_float}, {"/refuted", Type::array}},
       "/cells",
       {{"/runtime", Type::string}, {"/trait", Type::string}, {"/seconds", Type::number_float}}},
      {"mutants",
       "assay-mutants",
       1,
       {},
       "/mutants",
       {{"/mutant", Type::string}, {"/made_for", Type::string}}},
      {"gallery",
       "assay-gallery",
       1,
       {{"/runs", Type::number_float}, {"/detectors", Type::array}},
       "/defects",
       {{"/label", Type::string}, {"/detectors", Type::object}}},
      {"exploration",
       "assay-exploration",
       1,
       {{"/scenario/name", Type::string},
        {"/scenario/title", Type::string},
        {"/executions", Type::number_float},
        {"/coverage", Type::string}},
       "/outcomes",
       {{"/numbers", Type::string}, {"/executions", Type::number_float}}},
      {"explanation",
       "assay-explanation",
       1,
       {},
       "/reports",
       {{"/headline", Type::string}, {"/places", Type::array}}},
      {"stress",
       "assay-stress",
       1,
       {},
       "/results",
       {{"/scenario", Type::string},
        {"/place", Type::string},
        {"/samples", Type::number_float},
        {"/outcomes", Type::array}}},
      {"race",
       "assay-race",
       1,
       {{"/defect/scenario", Type::string},
        {"/defect/real/runtime", Type::string},
        {"/defect/sanitized/verdict", Type::string},
        {"/defect/sanitized/reports", Type::array},
        {"/twin/scenario", Type::string}},
       "/defect/real/outcomes",
       {{"/numbers", Type::string}, {"/count", Type::number_float}}},
      {"benchmark",
       nullptr,
       0,
       {{"/context", Type::object}},
       "/benchmarks",
       {{"/name", Type::string}}},
  };
  return kAll;
}

bool is(const Json& value, Type type) {
  return type == Type::number_float ? value.is_number() : value.type() == type;
}

/// The part that is missing or of another type, or nothing.
std::string wrong_part(const Json& json, std::span<const Part> parts, const std::string& where) {
  for (const Part& part : parts) {
    const Json::json_pointer at(part.at);
    if (!json.contains(at) || !is(json.at(at), part.type)) return where + part.at;
  }
  return "";
}

std::string wrong_part(const Json& json, const Kind& kind) {
  const std::vector<Part> items{{kind.items, Type::array}};
  std::string wrong = wrong_part(json, kind.parts, "");
  if (wrong.empty()) wrong = wrong_part(json, items, "");
  if (!wrong.empty()) return wrong;
  const Json& array = json.at(Json::json_pointer(kind.items));
  for (std::size_t i = 0; i < array.size() && wrong.empty(); ++i) {
    wrong = wrong_part(array[i], kind.item_parts, fmt::format("{}/{}", kind.items, i));
  }
  return wrong;
}

std::string known_schemas() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) {
    if (kind.schema != nullptr) names.emplace_back(kind.schema);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw InputError(fmt::format("cannot report '{}': {}", path, why));
}

/// Before they named a schema, documents were told apart by what they hold.
const Kind* kind_by_parts(const Json& json) {
  for (const Kind& kind : kinds()) {
    constexpr std::array<std::string_view, 5> kUnnamed{"mutants", "gallery", "stress", "race",
                                                       "benchmark"};
    const bool unnamed = std::find(kUnnamed.begin(), kUnnamed.end(), kind.name) != kUnnamed.end();
    if (unnamed && wrong_part(json, kind).empty()) return &kind;
  }
  return nullptr;
}

const Kind& kind_of(const std::string& path, const Json& json, const std::string& schema) {
  if (schema.empty()) {
    if (const Kind* kind = kind_by_parts(json)) return *kind;
    refuse(path, "it names no schema; expected a file that assay --json wrote");
  }
  for (const Kind& kind : kinds()) {
    if (kind.schema != nullptr && schema == kind.schema) return kind;
  }
  refuse(path,
         fmt::format("its schema '{}' is unknown; expected one of {}", schema, known_schemas()));
}

Json parsed(const std::string& path, const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    refuse(path, "it is empty; expected a file that assay --json wrote");
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse(path, fmt::format("it is no JSON from byte {} of {} on; if it was cut short, write it "
                             "again with assay --json",
                             error.byte, text.size()));
  }
}

/// Results stand in the order in which they were reached; a reader wants that of the table of
/// traits.
void sort_as_table(Json& results) {
  const auto place = [](const Json& result) {
    const Trait* known = find_trait(result["claim"]["trait"].get<std::string>());
    return known == nullptr ? traits().size() : static_cast<std::size_t>(known->id);
  };
  std::map<std::size_t, Json> by_place;
  for (Json& result : results) {
    by_place.try_emplace(place(result), Json::array()).first->second.push_back(std::move(result));
  }
  results = Json::array();
  for (auto& [of_trait, group] : by_place) {
    for (Json& result : group) results.push_back(std::move(result));
  }
}

}  // namespace

ReportFile parse_report_file(const std::string& path, const std::string& text) {
  ReportFile file;
  file.name = std::filesystem::path(path).filename().string();
  file.document = parsed(path, text);
  const Json& json = file.document;
  if (!json.is_object())
    refuse(path, "it is JSON, but no object; expected what assay --json wrote");
  const auto text_at = [&](const char* name) {
    return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
  };
  const Kind& kind = kind_of(path, json, text_at("schema"));
  file.kind = kind.name;
  const bool says = json.contains("schema_version") && json["schema_version"].is_number_integer();
  file.version = says ? json["schema_version"].get<int>() : 0;
  if (file.version > kind.newest) {
    refuse(path,
           fmt::format("it is version {} of {}, and this assay reads up to {}; use a newer one",
                       file.version, text_at("schema"), kind.newest));
  }
  if (const std::string wrong = wrong_part(json, kind); !wrong.empty()) {
    refuse(path, fmt::format("{} is missing or of another type in this {} of version {}; write it "
                             "again with assay --json",
                             wrong, text_at("schema"), file.version));
  }
  if (file.kind == "results") sort_as_table(file.document["results"]);
  return file;
}

std::vector<ReportFile> read_report_files(const std::vector<std::string>& paths) {
  std::vector<ReportFile> files;
  std::map<std::string, int> of_name;
  for (const std::string& path : paths) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream || std::filesystem::is_directory(path)) {
      refuse(path, fmt::format("{}; name a file that assay --json wrote",
                               stream ? "it is a folder" : std::strerror(errno)));
    }
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    files.push_back(parse_report_file(path, text));
    ++of_name[files.back().name];
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (of_name[files[i].name] > 1) files[i].name = paths[i];
  }
  return files;
}

}  // namespace assay
