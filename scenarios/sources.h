/// The sources of the scenarios, which the program carries with it to show them in lessons.
#pragma once

#include <span>
#include <string_view>

#include "ci/embedded_file.h"

namespace assay {

std::span<const EmbeddedFile> scenario_sources();

/// The file that defines the scenario; null when there is none.
const EmbeddedFile* source_of_scenario(std::string_view name);

}  // namespace assay
