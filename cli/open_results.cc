#include "cli/open_results.h"

#include <system_error>

#include "cli/quantities.h"

namespace assay {

std::unique_ptr<ResultsFile> open_results(const std::string& path) {
  if (path.empty()) return nullptr;
  try {
    return std::make_unique<ResultsFile>(path);
  } catch (const std::system_error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace assay
