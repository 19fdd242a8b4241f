/// A survey of the gallery for people (100 columns) and for programs (JSON).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sanitizers/gallery/survey.h"

namespace assay {

std::string to_text(const Survey& survey);

/// {"runs", "detectors": [{name, recall, precision, ...}], "defects": [{label, kind, detectors:
/// {NAME: {found, runs, interval, runs_for_99_percent, twin_alarms, expected, reason, ...}}}]}
nlohmann::json to_json(const Survey& survey);

}  // namespace assay
