/// A survey of the gallery for people (100 columns) and for programs (JSON).
#pragma once

#include <string>

#include "report/json.h"
#include "sanitizers/gallery/survey.h"

namespace assay {

std::string to_text(const Survey& survey);

/// The document of docs/schema/gallery-1.json.
Json to_json(const Survey& survey);

}  // namespace assay
