/// A scenario explored as `assay explore SCENARIO` does it, as the document of its --json.
#pragma once

#include <string>

namespace assay {

std::string exploration_document(const std::string& scenario);

}  // namespace assay
