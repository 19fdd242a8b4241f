/// Explanations for programs: as JSON of Assay's own, and as SARIF 2.1.0 for code hosts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/explanation.h"
#include "sanitizers/reports/reader.h"

namespace assay {

struct ExplainedReport {
  Report report;
  Explanation explanation;
  std::size_t times = 1;
};

/// By the schema of docs/schema/explanation-1.json.
std::string explanation_json(const std::vector<ExplainedReport>& reports,
                             const std::vector<Problem>& problems);

/// SARIF 2.1.0 (OASIS): one rule a kind of report, one result a report, at its first place, the
/// others related to it. Code hosts want paths relative to the repository: Explainer makes them so.
/// They also want a location of each result: where no place has a source line it is the report's
/// first line in `log`, the name of what was read.
std::string explanation_sarif(const std::vector<ExplainedReport>& reports, std::string_view log);

}  // namespace assay
