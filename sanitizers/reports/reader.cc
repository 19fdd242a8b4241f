#include "sanitizers/reports/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <utility>

#include "sanitizers/reports/frame.h"
#include "sanitizers/reports/log_prefix.h"
#include "sanitizers/reports/parser.h"
#include "sanitizers/reports/scan.h"
#include "sanitizers/reports/valgrind.h"

namespace assay {
namespace {

using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kMaxProcesses = 64;
constexpr std::size_t kShown = 200;
constexpr auto kByteOrderMark = "\xef\xbb\xbf"sv;

struct NamedDetector {
  std::string_view name;
  Detector detector;
};

constexpr NamedDetector kDetectors[] = {
    {"Thread", Detector::kThreadSanitizer},
    {"Address", Detector::kAddressSanitizer},
    {"Leak", Detector::kLeakSanitizer},
    {"UndefinedBehavior", Detector::kUndefinedBehaviorSanitizer},
    {"HWAddress", Detector::kOther},
    {"Memory", Detector::kOther},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "...Thread" of "...ThreadSanitizer"; of a sanitizer that is not in the table, its name as well.
bool ends_with_detector(std::string_view text, Detector& detector, std::size_t& begin) {
  for (const NamedDetector& known : kDetectors) {
    if (!text.ends_with(known.name)) continue;
    begin = text.size() - known.name.size();
    // "HWAddress" also ends with "Address".
    if (begin > 0 && ((text[begin - 1] >= 'A' && text[begin - 1] <= 'Z'))) continue;
    detector = known.detector;
    return true;
  }
  begin = text.size();
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  return begin < text.size() && text.substr(0, begin).ends_with(": ");
}

// The number of "==12==" at the end of the text, and where it begins; 0 if there is none.
std::uint64_t pid_before(std::string_view text, std::size_t& begin) {
  begin = text.size();
  if (!text.ends_with("==")) return 0;
  std::size_t at = text.size() - 2;
  while (at > 0 && is_digit(text[at - 1])) --at;
  if (at < 2 || text.substr(at - 2, 2) != "==") return 0;
  std::uint64_t pid = 0;
  Scan(text.substr(at)).number(pid);
  begin = at - 2;
  return pid;
}

struct Opening {
  std::unique_ptr<ReportParser> parser;
  std::size_t prefix = 0;  ///< Bytes before the report's own text, as a log puts there.
  std::string_view note = {};
};

constexpr auto kSanitizer = "Sanitizer"sv;
constexpr auto kRuntimeError = "runtime error: "sv;

// What the runtimes say of themselves, or of the memory, without the word ERROR or with that alone.
bool is_failure(std::string_view words) {
  constexpr std::array kBeginnings = {
      "CHECK failed"sv,
      "failed to allocate"sv,
      "has encountered a fatal error"sv,
      "nested bug in the same thread"sv,
      "hard rss limit exhausted"sv,
  };
  return std::ranges::any_of(kBeginnings, [&](auto begin) { return words.starts_with(begin); });
}

// `at` is where "Sanitizer" begins.
Opening open_sanitizer(std::string_view line, std::size_t at) {
  Detector detector = Detector::kOther;
  std::size_t begin = 0;
  std::string_view before = line.substr(0, at);
  if (!ends_with_detector(before, detector, begin)) return {};
  const std::string_view name = before.substr(begin);
  before = before.substr(0, begin);
  // Older ones have no colon: "FATAL: ThreadSanitizer CHECK failed: a.cc:3".
  Scan after(line.substr(at + kSanitizer.size()));
  // Where the line was broken, the blank behind the colon may be gone.
  const bool names = after.eat(": ") || after.eat(" ") || (after.eat(":") && after.rest().empty());
  if (!names) return {};
  const std::string_view words = after.rest();
  const auto take = [&](std::string_view word) {
    if (!before.ends_with(word)) return false;
    before.remove_suffix(word.size());
    return true;
  };
  const bool warning = take("WARNING: ");
  const bool error = !warning && take("ERROR: ");
  const bool fatal = !warning && !error && take("FATAL: ");
  if (warning && detector == Detector::kThreadSanitizer) return {tsan_parser(words), before.size()};
  std::size_t prefix = 0;
  if (before.ends_with("== ")) before.remove_suffix(1);
  const std::uint64_t pid = pid_before(before, prefix);
  if (fatal || is_failure(words)) {
    Opening opening{failure_parser(detector, words), prefix};
    opening.parser->report().pid = pid;
    return opening;
  }
  if (!error && !(warning && detector == Detector::kOther)) return {};
  Opening opening{asan_parser(detector, pid, words), prefix};
  Report& report = opening.parser->report();
  if (detector == Detector::kOther && report.kind == ReportKind::kUnknown) {
    report.text = fmt::format("{}{}: {}", name, kSanitizer, words);
    opening.note =
        "a report of a sanitizer that is read only as far as it is like AddressSanitizer's";
  }
  return opening;
}

// "a.cc:3:4: runtime error: ..."; `at` is where the words begin. Without a place (a page cut it
// off) only what UBSan is known to say.
Opening open_undefined(std::string_view line, std::size_t at) {
  const std::string_view words = line.substr(at + kRuntimeError.size());
  std::string_view place = line.substr(0, at);
  if (place.find_first_not_of(" \t`>*") == std::string_view::npos) {
    if (kind_of_undefined(words) == ReportKind::kOtherUndefined) return {};
    return {ubsan_parser("", words), at};
  }
  if (!place.ends_with(": ")) return {};
  place.remove_suffix(2);
  if (place.empty() || (!is_digit(place.back()) && place.back() != ')' && place.back() != '>')) {
    return {};
  }
  if (is_digit(place.back()) && place.find(':') == std::string_view::npos) return {};
  const std::size_t prefix = start_of_path(place);
  return {ubsan_parser(place.substr(prefix), words), prefix};
}

Opening open_report(std::string_view line) {
  if (!line.starts_with("SUMMARY: ")) {
    for (std::size_t at = line.find(kSanitizer); at != line.npos;
         at = line.find(kSanitizer, at + kSanitizer.size())) {
      Opening opening = open_sanitizer(line, at);
      if (opening.parser != nullptr) return opening;
    }
  }
  const std::size_t at = line.find(kRuntimeError);
  return at == std::string_view::npos ? Opening() : open_undefined(line, at);
}

// A line of a stack, at its place or behind the prefix of a log.
bool has_frame(std::string_view line) {
  const std::size_t at = line.find("    #");
  if (at == std::string_view::npos) return false;
  Frame frame;
  std::uint32_t number = 0;
  if (!read_sanitizer_frame(line.substr(at), number, frame)) return false;
  return at == 0 || frame.line != 0 || !frame.module.empty();
}

// Reports of relatives that this reader does not read: said, so that nobody takes them for none.
std::string_view unreadable(std::string_view line) {
  constexpr auto kGo =
      "a report of Go's race detector, which is not read here: its form is another"sv;
  constexpr auto kXml = "Valgrind's XML, which is not read here: run it without --xml=yes"sv;
  constexpr auto kFuzzer = "a report of libFuzzer itself, which is not read here"sv;
  constexpr auto kKernel = "a report of a sanitizer of the kernel, which is not read here"sv;
  constexpr auto kGuard = "a report of GWP-ASan, which is not read here"sv;
  constexpr auto kHost = "Valgrind itself failed, and what follows is its own stack"sv;
  constexpr auto kBare =
      "a report of Valgrind without the ==PID== before its lines, which is not read here"sv;
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"WARNING: DATA RACE", kGo},
      {"<valgrindoutput>", kXml},
      {"ERROR: libFuzzer: ", kFuzzer},
      {"BUG: KASAN: ", kKernel},
      {"BUG: KCSAN: ", kKernel},
      {"BUG: KMSAN: ", kKernel},
      {"BUG: KFENCE: ", kKernel},
      {"UBSAN: ", kKernel},
      {"GWP-ASan detected a memory error", kGuard},
      {"host stacktrace:", kHost},
      {"Possible data race during ", kBare},
      {": lock order \"0x", kBare},
      {"Conflicting load by thread ", kBare},
      {"Conflicting store by thread ", kBare},
  };
  for (const auto& [words, why] : kWords) {
    if (line.find(words) != std::string_view::npos) return why;
  }
  return "";
}

// Does a line that the end of the stream cut off look like the beginning of a report's first line?
bool may_begin_report(std::string_view line) {
  std::uint64_t pid = 0;
  std::string_view text = line;
  Scan scan(line);
  const bool tagged = scan.eat("==") && scan.number(pid) && scan.eat("==");
  if (tagged) text = scan.rest();
  constexpr std::array kHeads = {
      "WARNING: ThreadSanitizer: "sv, "ERROR: AddressSanitizer: "sv,
      "ERROR: LeakSanitizer: "sv,     "ERROR: ThreadSanitizer: "sv,
      "FATAL: ThreadSanitizer: "sv,   "ERROR: UndefinedBehaviorSanitizer: "sv,
      "WARNING: MemorySanitizer: "sv,
  };
  for (const std::string_view head : kHeads) {
    if (!text.empty() && (tagged || text.size() >= 5) && head.starts_with(text)) return true;
  }
  constexpr auto kError = ": runtime error: "sv;
  for (std::size_t size = kError.size() - 1; size >= 2; --size) {
    if (line.ends_with(kError.substr(0, size)) && size < line.size() &&
        is_digit(line[line.size() - size - 1])) {
      return true;
    }
  }
  return false;
}

// Without ESC [ ... and a letter: colours, and what logs of CI erase a line with.
std::string without_colours(std::string_view line) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\x1b') {
      plain += line[i];
      continue;
    }
    std::size_t end = i + 1;
    if (end < line.size() && line[end] == '[') {
      ++end;
      while (end < line.size() && (is_digit(line[end]) || line[end] == ';')) ++end;
      if (end < line.size() && is_letter(line[end])) i = end;
    }
  }
  return plain;
}

// As it was before it became part of an XML file: "'x'" of "&apos;x&apos;". No report has such
// words of its own.
std::string without_entities(std::string_view line) {
  constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&lt;", '<'},    {"&gt;", '>'},  {"&amp;", '&'},  {"&quot;", '"'},
      {"&apos;", '\''}, {"&#34;", '"'}, {"&#39;", '\''}, {"&#x27;", '\''},
  };
  std::string plain;
  while (!line.empty()) {
    const auto* const known = std::ranges::find_if(
        kEntities, [&](const auto& entity) { return line.starts_with(entity.first); });
    const bool found = known != std::end(kEntities);
    plain += found ? known->second : line.front();
    line.remove_prefix(found ? known->first.size() : 1);
  }
  return plain;
}

constexpr auto kJsonLog = "{\"log\":\""sv;

// As it was before Docker's log driver json-file made {"log":"...\n","stream":"stderr",...} of it;
// the end may be cut off.
std::string without_json(std::string_view line) {
  std::string plain;
  for (std::size_t i = kJsonLog.size(); i < line.size() && line[i] != '"'; ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      plain += line[i];
      continue;
    }
    ++i;
    if (line[i] == 't') {
      plain += '\t';
    } else if (line[i] == 'u') {
      const std::string digits(line.substr(i + 1, 4));
      const std::uint64_t character = std::strtoul(digits.c_str(), nullptr, 16);
      // Control characters, '<', '>' and '&'; what is more stands for no byte of a report.
      plain += character < 0x80 ? static_cast<char>(character) : '?';
      i += digits.size();
    } else if (line[i] != 'n' && line[i] != 'r') {
      plain += line[i];
    }
  }
  return plain;
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
      close(true);
      opening_rule_ = false;
      open_ = std::move(opening.parser);
      prefix_ = text.substr(0, opening.prefix);
      open_->report().first_line = lines_;
      open_->report().last_line = lines_;
      if (!opening.note.empty()) say(opening.note, text, false);
      return;
    }
    if (open_ != nullptr) {
      if (inside(text, whole)) return;
    }
    outside(text, whole);
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
    if (fate == LineFate::kClosed) close(true);
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
  std::string prefix_;         ///< What a log put before the first line of the open report.
  bool opening_rule_ = false;  ///< The last line was the one that TSan puts before a report.
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
