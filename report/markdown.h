/// The report as Markdown, for a comment on a pull request: the comparison table of each file of
/// results, what is refuted or open, and which verdicts differ between the files.
#pragma once

#include <span>
#include <string>

#include "report/input.h"

namespace assay {

std::string to_markdown(std::span<const ReportFile> files);

}  // namespace assay
