/// From the bytes of a stream to explained reports: reading, counting, grouping.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sanitizers/reports/explanation_json.h"
#include "sanitizers/reports/reader.h"

namespace assay {

struct ExplainerOptions {
  bool group = false;   ///< Reports of one kind at the same pair of places are one, and counted.
  std::string command;  ///< What was run; empty: not known.
  std::string root;     ///< Taken off the paths of source files below it; empty: none.
};

/// Collects the explained reports of a stream. Memory grows with the reports that are kept (with
/// `group`: with the different ones), not with the rest of the stream.
class Explainer {
 public:
  explicit Explainer(ExplainerOptions options) : options_(std::move(options)) {}

  /// For a reader; several may share an explainer.
  ReportSink sink();

  const std::vector<ExplainedReport>& reports() const { return reports_; }
  const std::vector<Problem>& problems() const { return problems_; }
  std::uint64_t foreign_lines() const { return foreign_; }

  /// Hands each report over at once instead of keeping it. Not with `group`.
  std::function<void(const ExplainedReport&)> at_once;

  /// How many were read, each one counted.
  std::uint64_t read() const { return read_; }

 private:
  void add(Report report);

  ExplainerOptions options_;
  std::vector<ExplainedReport> reports_;
  std::map<std::string, std::size_t> places_;  ///< Of a group, to its index in `reports_`.
  std::vector<Problem> problems_;
  std::uint64_t foreign_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace assay
