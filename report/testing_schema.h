/// A document held against its JSON Schema (draft 7), by the keywords that the schemas of
/// docs/schema use; another keyword is a fault.
#pragma once

#include <string>

#include "report/json.h"

namespace assay {

/// Of docs/schema, which the test has among its data: "results-1.json".
Json schema_of(const std::string& name);

/// What is wrong with `value`, one line each; empty when it holds to the schema.
std::string faults(const Json& value, const Json& schema);

}  // namespace assay
