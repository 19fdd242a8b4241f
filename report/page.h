/// The report as one HTML page that needs nothing else: no network, no other file.
///
/// Guarantee: every number that the page shows comes from the documents, which it carries as JSON;
/// no text of a document is ever read as markup or script.
#pragma once

#include <span>
#include <string>

#include "ci/embedded_file.h"
#include "report/input.h"

namespace assay {

/// report/page: the template, the style and the scripts.
std::span<const EmbeddedFile> page_files();

/// Numbers of lists are rounded to six digits, which keeps the page small.
std::string to_page(std::span<const ReportFile> files);

}  // namespace assay
