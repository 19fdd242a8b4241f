#include "report/testing_schema.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace assay {
namespace {

/// Whether a value is of the type. Throws for one that this checker does not know.
bool (*test_of(const std::string& type))(const Json&) {
  if (type == "object") return [](const Json& value) { return value.is_object(); };
  if (type == "array") return [](const Json& value) { return value.is_array(); };
  if (type == "string") return [](const Json& value) { return value.is_string(); };
  if (type == "boolean") return [](const Json& value) { return value.is_boolean(); };
  if (type == "integer") return [](const Json& value) { return value.is_number_integer(); };
  if (type == "number") return [](const Json& value) { return value.is_number(); };
  if (type == "null") return [](const Json& value) { return value.is_null(); };
  throw std::invalid_argument("this checker does not know the type " + type);
}

bool is_any_type(const Json& value, const Json& types) {
  if (types.is_string()) return test_of(types)(value);
  return std::any_of(types.begin(), types.end(), [&](const Json& t) { return test_of(t)(value); });
}

bool is_known(std::string_view keyword) {
  constexpr std::array<std::string_view, 14> kKnown{
      "$schema", "$id",     "$ref", "title",    "description", "definitions",          "type",
      "const",   "minimum", "enum", "required", "properties",  "additionalProperties", "items"};
  return keyword == "anyOf" || std::find(kKnown.begin(), kKnown.end(), keyword) != kKnown.end();
}

/// `root`: the document that the references of its parts begin at.
class Checker {
 public:
  explicit Checker(const Json& root) : root_(root) {}

  [[nodiscard]] std::string faults(const Json& value, const Json& schema,
                                   const std::string& path) const {
    if (schema.contains("$ref")) return faults_of_reference(value, schema["$ref"], path);
    std::string found;
    const auto wrong = [&](const char* keyword) {
      found += path + ": " + dump(value, -1).substr(0, 60) + ": " + keyword + " " +
               dump(schema[keyword], -1) + "\n";
    };
    for (const auto& [keyword, said] : schema.items()) {
      if (!is_known(keyword)) found += path + ": this checker does not know '" + keyword + "'\n";
    }
    if (schema.contains("type") && !is_any_type(value, schema["type"])) wrong("type");
    if (schema.contains("const") && value != schema["const"]) wrong("const");
    if (schema.contains("minimum") && value < schema["minimum"]) wrong("minimum");
    if (schema.contains("enum")) {
      const Json& allowed = schema["enum"];
      if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) wrong("enum");
    }
    if (schema.contains("anyOf")) found += faults_of_any(value, schema["anyOf"], path);
    if (value.is_object()) found += faults_of_object(value, schema, path);
    if (value.is_array() && schema.contains("items")) {
      for (const Json& item : value) found += faults(item, schema["items"], path + "/item");
    }
    return found;
  }

 private:
  /// "#/definitions/a", or "results-1.json#/properties/host".
  [[nodiscard]] std::string faults_of_reference(const Json& value, const std::string& reference,
                                                const std::string& path) const {
    const std::size_t hash = reference.find('#');
    const Json::json_pointer part(reference.substr(hash + 1));
    if (hash == 0) return faults(value, root_.at(part), path);
    const Json other = schema_of(reference.substr(0, hash));
    return Checker(other).faults(value, other.at(part), path);
  }

  /// None when one alternative has none; else those of the nearest.
  [[nodiscard]] std::string faults_of_any(const Json& value, const Json& alternatives,
                                          const std::string& path) const {
    std::string nearest;
    for (const Json& alternative : alternatives) {
      const std::string found = faults(value, alternative, path);
      if (found.empty()) return "";
      if (nearest.empty() || found.size() < nearest.size()) nearest = found;
    }
    return nearest;
  }

  [[nodiscard]] std::string faults_of_object(const Json& value, const Json& schema,
                                             const std::string& path) const {
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

  const Json& root_;
};

}  // namespace

std::string faults(const Json& value, const Json& schema) {
  return Checker(schema).faults(value, schema, "");
}

Json schema_of(const std::string& name) {
  std::ifstream file("docs/schema/" + name);
  if (!file) throw std::invalid_argument("expected docs/schema/" + name + ", found no such file");
  return Json::parse(file);
}

}  // namespace assay
