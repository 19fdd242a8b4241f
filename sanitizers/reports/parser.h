/// Of the reader's own: one report that is being read, line by line.
#pragma once

#include <memory>
#include <string_view>

#include "sanitizers/reports/reader.h"
#include "sanitizers/reports/report.h"

namespace assay {

/// What became of a line that was given to a parser.
enum class LineFate : std::uint8_t {
  kTaken,    ///< Part of the report.
  kClosed,   ///< Part of the report, and its end.
  kEnded,    ///< Not part of the report, which is at its end.
  kForeign,  ///< Most likely the program's own output; the report goes on.
  kOutside,  ///< The same, where that is usual: nothing to be said.
  kUnread,   ///< Looks like a part of the report that this parser does not know.
};

class ReportParser {
 public:
  ReportParser() = default;
  ReportParser(const ReportParser&) = delete;
  ReportParser& operator=(const ReportParser&) = delete;
  virtual ~ReportParser() = default;

  /// `whole` is false for a last line that the stream cut off.
  virtual LineFate line(std::string_view text, bool whole) = 0;

  /// Is the line what comes next in the report, and in no other? Then one that was interrupted goes
  /// on there.
  virtual bool expects(std::string_view text) const;

  /// Was the last line its end only if no other process wrote it?
  virtual bool may_go_on() const { return false; }

  /// Would the report be complete if the stream ended here?
  virtual bool complete() const = 0;

  /// Before the report is handed over.
  virtual void finish() {}

  Report& report() { return report_; }

  /// Frames and sections that were not kept, because there were too many.
  std::uint64_t dropped() const { return dropped_; }

 protected:
  /// Counts one more item (a frame, a thread, ...); false when there are too many.
  bool room();

  /// Is the line a frame of a sanitizer? Then it goes where `add_frame` puts it. One that is not
  /// indented as it was printed (by a page, a log, a mail) counts if its number is the next one.
  bool take_frame(std::string_view text);

  /// Into `stack_`; without one, into a stack without a title, so that no frame is lost.
  void add_frame(Frame frame);

  void begin_stack(std::string_view title);

  /// A blank line: the stack is at its end, unless a frame follows that has the next number.
  void pause_stack();

  /// A line that is neither blank nor a frame.
  void end_pause() { paused_ = nullptr; }

  Report report_;
  Stack* stack_ = nullptr;

 private:
  bool expects_frame(std::uint32_t number) const;

  Stack* paused_ = nullptr;
  std::uint32_t next_frame_ = 0;
  bool framed_ = false;  ///< Was there any frame?
  std::size_t items_ = 0;
  std::uint64_t dropped_ = 0;
};

/// ThreadSanitizer's own format. `words` is what follows "WARNING: ThreadSanitizer: ".
std::unique_ptr<ReportParser> tsan_parser(std::string_view words);

/// The format of AddressSanitizer, which LeakSanitizer and every sanitizer's deadly signals share.
std::unique_ptr<ReportParser> asan_parser(Detector detector, std::uint64_t pid,
                                          std::string_view words);

/// UndefinedBehaviorSanitizer, `place` being what precedes ": runtime error: ".
std::unique_ptr<ReportParser> ubsan_parser(std::string_view place, std::string_view words);

/// A sanitizer that failed itself.
std::unique_ptr<ReportParser> failure_parser(Detector detector, std::string_view words);

/// "main" for thread 0 of a sanitizer, else "T2"; empty for "T-1", which it does not know.
std::string sanitizer_thread(std::string_view words);

}  // namespace assay
