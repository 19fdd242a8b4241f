#include "scenarios/sources.h"

#include <string>

namespace assay {

const EmbeddedFile* source_of_scenario(std::string_view name) {
  const std::string registered = ".name = \"" + std::string(name) + "\"";
  for (const EmbeddedFile& file : scenario_sources()) {
    if (file.text.find(registered) != std::string_view::npos) return &file;
  }
  return nullptr;
}

}  // namespace assay
