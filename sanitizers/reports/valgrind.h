/// Of the reader's own: the reports of Helgrind and DRD in the lines of one process.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "sanitizers/reports/parser.h"

namespace assay {

class ValgrindReport;

/// Valgrind puts "==PID== " before each of its lines, so several processes may be mixed.
class ValgrindStream {
 public:
  using Emit = std::function<void(ReportParser&, bool complete)>;
  using Say = std::function<void(std::string_view reason, std::string_view text)>;

  ValgrindStream(std::uint64_t pid, Emit emit, Say say);
  ~ValgrindStream();

  /// What follows "==PID== "; `number` is the line's in the stream.
  void line(std::string_view text, std::uint64_t number, bool whole);

  /// The stream is at its end; `whole` is false if the last line was one of this process, cut off.
  void finish(bool whole);

 private:
  struct Head {
    std::string text;
    std::uint64_t line = 0;
  };

  bool furniture(std::string_view text);
  bool announcement(std::string_view text);
  void summary(std::string_view text);
  void frame(Frame frame);
  void head(std::string_view text, std::uint64_t number);
  void open(std::string_view text, std::uint64_t number);
  void close(bool complete);
  void add_threads(Report& report) const;

  std::uint64_t pid_;
  Emit emit_;
  Say say_;
  Detector tool_ = Detector::kOther;
  bool introduced_ = false;  ///< Its first lines were seen, so its last ones must come.
  bool separated_ = false;   ///< The line that Helgrind puts before a report was seen.
  bool announcing_ = false;
  int blanks_ = 0;  ///< In a row, just now.
  std::uint64_t reports_ = 0;
  std::uint64_t number_ = 0;
  Head pending_;
  std::string current_thread_;  ///< "Thread 3:" holds for the reports of DRD that follow.
  std::map<std::string, ReportThread> threads_;
  ReportThread* announced_ = nullptr;
  std::unique_ptr<ValgrindReport> report_;
};

/// The line without its "==PID== " and what a log, or the program, put before that; and the number.
/// false: not a line of Valgrind.
bool find_valgrind(std::string_view line, std::uint64_t& pid, std::string_view& text);

}  // namespace assay
