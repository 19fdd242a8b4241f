/// The file that a flag such as `--json` names.
#pragma once

#include <memory>
#include <string>

#include "report/results_file.h"

namespace assay {

/// Null for an empty path. Throws UsageError when nothing can be written there.
std::unique_ptr<ResultsFile> open_results(const std::string& path);

}  // namespace assay
