/// The files that a report is made of: results, sweeps, mutants, the gallery, explorations,
/// explanations, and the output of Google Benchmark.
///
/// Guarantee: what `read_report_file` returns has every part that the report reads, whatever
/// version wrote it; anything else is refused with one line that names the file, what is wrong with
/// it and what to do. Files of all older versions are read (report/testdata has one of each).
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "report/json.h"

namespace assay {

struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ReportFile {
  std::string name;  ///< As the report shows it: without folders where that is enough.
  std::string kind;  ///< "results", "sweep", "mutants", "gallery", ...
  int version = 0;   ///< 0: written before the schema said one.
  Json document;
};

/// The document in `text`, which came from `path`. Throws InputError.
ReportFile parse_report_file(const std::string& path, const std::string& text);

/// Reads the files; those of one name keep their folders. Throws InputError.
std::vector<ReportFile> read_report_files(const std::vector<std::string>& paths);

}  // namespace assay
