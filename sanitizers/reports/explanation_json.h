/// Explanations for programs: as JSON of Assay's own, and as SARIF 2.1.0 for code hosts.
#pragma once

#include <string>
#include <vector>

#include "sanitizers/reports/explanation.h"
#include "sanitizers/reports/reader.h"

namespace assay {

struct ExplainedReport {
  Report report;
  Explanation explanation;
  std::size_t times = 1;
};

/// By the schema of sanitizers/reports/explanation.schema.json.
std::string explanation_json(const std::vector<ExplainedReport>& reports,
                             const std::vector<Problem>& problems);

/// SARIF 2.1.0 (OASIS): one rule a kind of report, one result a report, at its first place, the
/// others related to it. Code hosts want paths relative to the repository: Explainer makes them so.
std::string explanation_sarif(const std::vector<ExplainedReport>& reports);

}  // namespace assay
