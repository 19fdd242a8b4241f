/// Histograms as text and as JSON, with all that is needed to read a frequency: the samples, the
/// interval, the settings, and the machine.
///
/// Guarantee: no line of text is wider than 100 columns, but for remarks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "report/json.h"
#include "stress/grading.h"

namespace assay {

/// A scenario on one runtime.
struct StressResult {
  std::string scenario;
  std::string place;    ///< "fork, private memory": the runtime and what is special about it.
  std::string command;  ///< Repeats it.
  Histogram histogram;
  GradedHistogram graded;
};

/// The outcomes of one result with their grades, the sweep, and what is wrong.
std::string to_text(const StressResult& result);

/// One row an outcome, one column a result: how often it was seen where.
std::string side_by_side(std::span<const StressResult> results);

/// "AMD EPYC, 2 cores, Linux 6.1, clang 19.1.7, plain".
std::string machine_line();

/// The document of docs/schema/stress-1.json.
Json to_json(std::span<const StressResult> results);

/// "12.1 %", "3.4e-07".
std::string frequency_text(double frequency);

/// Wilson's, at 95 %: "12 % to 12.2 %"; of no hits "< 3.4e-07".
std::string interval_text(std::uint64_t count, std::uint64_t samples);

/// "7,804,672".
std::string grouped(std::uint64_t number);

}  // namespace assay
