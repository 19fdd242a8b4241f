/// For tests: the real reports of testdata/.
#pragma once

#include <string>
#include <vector>

#include "sanitizers/reports/reader.h"

namespace assay {

/// A run of a detector: how it is called, and what it printed.
struct RecordedRun {
  std::string name;
  std::string text;
};

/// Every file of testdata/*.txt, by name. Throws if there are none.
std::vector<RecordedRun> recorded_runs();

/// The text of one of them; throws if there is none of that name.
std::string recorded_run(const std::string& name);

/// "name detector kind place place" of each report, a line each: what testdata/expected.tsv holds.
std::string one_line(const std::string& run, const Report& report);

}  // namespace assay
