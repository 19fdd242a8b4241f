/// Reads the reports of detectors out of a stream of anything.
///
/// Any number of reports, of several detectors and processes, among other output: complete or cut
/// off, symbolized or not, with lines of the program in between, with a prefix (of a log) and with
/// colours. Nothing is dropped in silence: a line of a report that is not understood is a `Problem`
/// with its number, and a report that is cut off is handed over as far as it goes, marked
/// truncated. No input makes it fail.
///
/// Memory is bounded whatever the length of the stream: of each report at most kMaxFrames frames
/// are kept and of each line kMaxLineBytes; what goes beyond is a `Problem`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/report.h"

namespace assay {

struct Problem {
  std::uint64_t line = 0;  ///< In the stream, counted from 1.
  std::string reason;
  std::string text;  ///< The line, cut to 200 bytes.
  /// A line amid a report that does not look like one of it: most likely the program's own output.
  bool foreign = false;
};

struct ReportSink {
  std::function<void(Report)> report;
  std::function<void(Problem)> problem;
};

class ReportReader {
 public:
  static constexpr std::size_t kMaxLineBytes = 32768;
  static constexpr std::size_t kMaxFrames = 20000;

  explicit ReportReader(ReportSink sink);
  ReportReader(const ReportReader&) = delete;
  ReportReader& operator=(const ReportReader&) = delete;
  ~ReportReader();

  /// Takes the next bytes; lines may be cut anywhere. Calls the sink for what is complete.
  void feed(std::string_view bytes);

  /// The stream is at its end. Hands over what is open. Call it once, last.
  void finish();

  /// Lines seen so far.
  std::uint64_t lines() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

struct ReadReports {
  std::vector<Report> reports;
  std::vector<Problem> problems;
};

/// The reports of a text that is in memory.
ReadReports read_reports(std::string_view text);

}  // namespace assay
