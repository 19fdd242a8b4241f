#include "sanitizers/reports/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "sanitizers/reports/as_printed.h"
#include "sanitizers/reports/frame.h"
#include "sanitizers/reports/log_prefix.h"
#include "sanitizers/reports/opening.h"
#include "sanitizers/reports/parser.h"
#include "sanitizers/reports/scan.h"
#include "sanitizers/reports/valgrind.h"

namespace assay {
namespace {

constexpr std::size_t kMaxProcesses = 64;
constexpr std::size_t kShown = 200;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// A line of a stack, at its place or behind the prefix of a log.
bool has_frame(std::string_view line) {
  const std::size_t at = line.find("    #");
  if (at == std::string_view::npos) return false;
  Frame frame;
  std::uint32_t number = 0;
  if (!read_sanitizer_frame(line.substr(at), number, frame)) return false;
  return at == 0 || frame.line != 0 || !frame.module.empty();
}

}  // namespace

class ReportReader::Impl {
 public:
  explicit Impl(ReportSink sink) : sink_(std::move(sink)) {}

  void feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos) return keep(bytes);
      if (rest_.empty() && end <= kMaxLineBytes) {
        line(bytes.substr(0, end), true);
      } else {
        keep(bytes.substr(0, end));
        line(take_rest(), true);
      }
      bytes.remove_prefix(end + 1);
    }
  }

  void finish() {
    bool whole = true;
    if (!rest_.empty()) {
      line(take_rest(), false);
      whole = false;
    }
    close(whole);
    drop_interrupted();
    for (auto& [pid, stream] : processes_) stream->finish(whole || pid != last_process_);
    if (opening_rule_) {
      say("the stream ends where a report was about to begin", "==================", false);
    }
  }

  std::uint64_t lines() const { return lines_; }

 private:
  void keep(std::string_view part) {
    const std::size_t room = kMaxHead - std::min(kMaxHead, rest_.size());
    rest_ += part.substr(0, room);
    if (part.size() <= room) return;
    end_ += part.substr(room);
    if (end_.size() <= 2 * kMaxEnd) return;
    too_long_ = true;
    end_.erase(0, end_.size() - kMaxEnd);
  }

  // Of a long line the beginning and the end: there are the file and the line of a frame whose
  // function has a name of many kilobytes.
  std::string take_rest() {
    std::string text = std::exchange(rest_, {});
    if (too_long_ && end_.size() > kMaxEnd) end_.erase(0, end_.size() - kMaxEnd);
    if (too_long_) text += "[...]";
    text += std::exchange(end_, {});
    return text;
  }

  void line(std::string_view text, bool whole) {
    ++lines_;
    if (std::exchange(too_long_, false)) {
      say(fmt::format("a line of more than {} bytes; its middle is left out", kMaxLineBytes), text,
          open_ == nullptr);
    }
    if (lines_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (text.ends_with('\r')) text.remove_suffix(1);
    std::string unpacked;
    if (text.starts_with(kJsonLog)) text = unpacked = without_json(text);
    std::string cleaned;
    if (text.find('\x1b') != std::string_view::npos) text = cleaned = without_colours(text);
    // With a line that was copied from a terminal come the spaces up to its right edge.
    if (whole) text = text.substr(0, text.find_last_not_of(" \t\r") + 1);
    if (text.find('&') == std::string_view::npos) return plain_line(text, whole);
    plain_line(without_entities(text), whole);
  }

  void plain_line(std::string_view text, bool whole) {
    if (valgrind(text, whole)) return;
    Opening opening = open_report(text);
    if (opening.parser != nullptr) {
      make_room_for(opening.parser->report().pid);
      opening_rule_ = false;
      open_ = std::move(opening.parser);
      prefix_ = text.substr(0, opening.prefix);
      open_->report().first_line = lines_;
      open_->report().last_line = lines_;
      if (!opening.note.empty()) say(opening.note, text, false);
      return;
    }
    if (open_ != nullptr && inside(text, whole)) return;
    if (open_ == nullptr && resumes(text) && inside(text, whole)) return;
    outside(text, whole);
  }

  // Of processes that write to one stream one may report amid the report of another, which goes on
  // behind that.
  void make_room_for(std::uint64_t pid) {
    const auto of_another = [&](ReportParser& parser) {
      return pid != 0 && parser.report().pid != 0 && parser.report().pid != pid;
    };
    if (interrupted_ != nullptr && interrupted_ended_ && of_another(*interrupted_)) {
      interrupted_ended_ = false;
      return;
    }
    drop_interrupted();
    if (open_ == nullptr || open_->complete() || !of_another(*open_)) return close(true);
    interrupt(false);
  }

  void interrupt(bool ended) {
    interrupted_ = std::move(open_);
    interrupted_prefix_ = prefix_;
    interrupted_ended_ = ended;
  }

  // It does not go on.
  void drop_interrupted() {
    if (interrupted_ == nullptr) return;
    const std::unique_ptr<ReportParser> dropped = std::move(interrupted_);
    emit(*dropped, interrupted_ended_);
  }

  void end_report() {
    if (!open_->may_go_on()) return close(true);
    drop_interrupted();
    interrupt(true);
  }

  bool resumes(std::string_view text) {
    if (interrupted_ == nullptr) return false;
    const std::size_t prefix = length_of_prefix(text, interrupted_prefix_);
    if (prefix == 0 && !interrupted_prefix_.empty()) return false;
    if (!interrupted_->expects(text.substr(prefix))) return false;
    open_ = std::move(interrupted_);
    prefix_ = interrupted_prefix_;
    return true;
  }

  // A line while a report is open; false: the report ended before it.
  bool inside(std::string_view text, bool whole) {
    LineFate fate = LineFate::kForeign;
    if (const std::size_t prefix = length_of_prefix(text, prefix_); prefix > 0) {
      fate = open_->line(text.substr(prefix), whole);
    }
    if (fate == LineFate::kForeign || fate == LineFate::kOutside) fate = open_->line(text, whole);
    // The program's own output, without an end of line, may stand before a line of the stack.
    if (fate == LineFate::kForeign) {
      const std::size_t frame = text.find("    #");
      if (frame != std::string_view::npos) fate = open_->line(text.substr(frame), whole);
    }
    // What was copied begins amid its first line, whose prefix is gone.
    if (fate == LineFate::kForeign && prefix_.empty()) fate = behind_number(text, whole);
    if (fate == LineFate::kEnded) {
      close(true);
      return false;
    }
    if (fate == LineFate::kForeign || fate == LineFate::kOutside) {
      if (const std::string_view why = unreadable(text); !why.empty()) {
        say(why, text, false);
        return true;
      }
    }
    if (fate == LineFate::kForeign) say("a line amid a report that is not part of it", text, true);
    if (fate == LineFate::kUnread) say("a line of a report that is not understood", text, false);
    if (fate != LineFate::kForeign && fate != LineFate::kOutside)
      open_->report().last_line = lines_;
    if (fate == LineFate::kClosed) end_report();
    return true;
  }

  // "12: WRITE of size 4", as CTest numbers the lines of a test.
  LineFate behind_number(std::string_view text, bool whole) {
    const std::size_t digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == text.npos || text.substr(digits, 2) != ": ") {
      return LineFate::kForeign;
    }
    const LineFate fate = open_->line(text.substr(digits + 2), whole);
    if (fate == LineFate::kTaken) prefix_ = text.substr(0, digits + 2);
    return fate == LineFate::kTaken ? fate : LineFate::kForeign;
  }

  // A line while none is open.
  void outside(std::string_view text, bool whole) {
    const bool rule = text == "==================";
    if (text.empty()) return;
    if (interrupted_ended_) drop_interrupted();
    opening_rule_ = rule;
    const bool frame = has_frame(text);
    if (frame && !orphans_) say("a line of a stack outside of any report", text, false);
    orphans_ = frame;
    if (frame) return;
    const std::size_t summary = text.find("SUMMARY: ");
    if (summary != std::string_view::npos && text.find("Sanitizer: ", summary) != text.npos) {
      say("the summary of a report whose beginning is missing", text, false);
    }
    if (const std::string_view why = unreadable(text); !why.empty()) say(why, text, false);
    Scan scan(text);
    std::uint64_t count = 0;
    if (scan.eat("ThreadSanitizer: reported ") && scan.number(count) && count > tsan_reports_) {
      say(fmt::format("ThreadSanitizer counts more reports than the {} that stand before this line",
                      tsan_reports_),
          text, false);
    }
    if (!whole && may_begin_report(text)) {
      say("the stream ends within what looks like the first line of a report", text, false);
    }
  }

  bool valgrind(std::string_view text, bool whole) {
    std::uint64_t pid = 0;
    std::string_view said;
    if (!find_valgrind(text, pid, said)) return false;
    // "==12== ABORTING", of an old AddressSanitizer.
    if (open_ != nullptr && pid != 0 && open_->report().pid == pid) return false;
    auto found = processes_.find(pid);
    if (found == processes_.end()) {
      if (processes_.size() >= kMaxProcesses) {
        processes_.begin()->second->finish(true);
        processes_.erase(processes_.begin());
      }
      found = processes_.emplace(pid, process(pid)).first;
    }
    last_process_ = pid;
    found->second->line(said, lines_, whole);
    return true;
  }

  std::unique_ptr<ValgrindStream> process(std::uint64_t pid) {
    return std::make_unique<ValgrindStream>(
        pid, [this](ReportParser& parser, bool complete) { emit(parser, complete); },
        [this](std::string_view reason, std::string_view text) { say(reason, text, false); });
  }

  void close(bool whole) {
    if (open_ == nullptr) return;
    const std::unique_ptr<ReportParser> closed = std::move(open_);
    emit(*closed, closed->complete() && whole);
  }

  void emit(ReportParser& parser, bool complete) {
    parser.finish();
    Report& report = parser.report();
    report.truncated = !complete;
    if (report.last_line < report.first_line) report.last_line = report.first_line;
    if (parser.dropped() > 0) {
      say(fmt::format("a report of more than {} lines; {} of them are left out", kMaxFrames,
                      parser.dropped()),
          report.text, false);
    }
    if (report.detector == Detector::kThreadSanitizer) ++tsan_reports_;
    sink_.report(std::move(report));
  }

  void say(std::string_view reason, std::string_view text, bool foreign) {
    sink_.problem({lines_, std::string(reason), std::string(text.substr(0, kShown)), foreign});
  }

  ReportSink sink_;
  static constexpr std::size_t kMaxEnd = kMaxLineBytes / 4;
  static constexpr std::size_t kMaxHead = kMaxLineBytes - 2 * kMaxEnd;

  std::string rest_;  ///< The beginning of a line whose end has not come yet.
  std::string end_;   ///< And its last bytes, where it is long.
  bool too_long_ = false;
  std::uint64_t lines_ = 0;
  std::unique_ptr<ReportParser> open_;
  std::unique_ptr<ReportParser> interrupted_;
  std::string interrupted_prefix_;
  bool interrupted_ended_ = false;  ///< It is complete, unless another process reports next.
  std::string prefix_;              ///< What a log put before the first line of the open report.
  bool opening_rule_ = false;       ///< The last line was the one that TSan puts before a report.
  bool orphans_ = false;
  std::uint64_t tsan_reports_ = 0;
  std::map<std::uint64_t, std::unique_ptr<ValgrindStream>> processes_;
  std::uint64_t last_process_ = 0;
};

ReportReader::ReportReader(ReportSink sink) : impl_(std::make_unique<Impl>(std::move(sink))) {}
ReportReader::~ReportReader() = default;

void ReportReader::feed(std::string_view bytes) { impl_->feed(bytes); }
void ReportReader::finish() { impl_->finish(); }
std::uint64_t ReportReader::lines() const { return impl_->lines(); }

ReadReports read_reports(std::string_view text) {
  ReadReports read;
  ReportReader reader({[&](Report report) { read.reports.push_back(std::move(report)); },
                       [&](Problem problem) { read.problems.push_back(std::move(problem)); }});
  reader.feed(text);
  reader.finish();
  return read;
}

}  // namespace assay
