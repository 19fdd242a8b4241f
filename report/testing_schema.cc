#include "report/testing_schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

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

}  // namespace

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

Json schema_of(const std::string& name) {
  std::ifstream file("docs/schema/" + name);
  return Json::parse(file);
}

}  // namespace assay
