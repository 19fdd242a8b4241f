#include "sanitizers/reports/valgrind.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sanitizers/reports/frame.h"
#include "sanitizers/reports/scan.h"
#include "sanitizers/reports/valgrind_report.h"

namespace assay {
namespace {

constexpr std::size_t kMaxThreads = 4096;

// What Valgrind prints when a program ends, and other lines after which no report goes on.
bool is_trailer(std::string_view text) {
  constexpr std::array kBeginnings = {
      "Use --",       "the cost of reduced", "For lists of", "For counts of", "ERROR SUMMARY:",
      "HEAP SUMMARY", "LEAK SUMMARY",        "All heap",     "Rerun with",
  };
  return std::ranges::any_of(kBeginnings, [&](const char* b) { return text.starts_with(b); });
}

// "12== words" of "==12== words".
bool split(std::string_view line, std::uint64_t& pid, std::string_view& text) {
  Scan scan(line);
  if (!scan.eat("==")) return false;
  std::string_view tag;
  if (!scan.until("==", tag) || tag.empty() || tag.size() > 40) return false;
  if (tag.find_first_not_of("0123456789:. ") != std::string_view::npos) return false;
  // "00:00:00:01.234 567" with --time-stamp=yes.
  const std::size_t space = tag.rfind(' ');
  Scan number(space == std::string_view::npos ? tag : tag.substr(space + 1));
  if (!number.number(pid) || !number.done()) return false;
  if (!scan.done() && !scan.eat(" ")) return false;
  text = scan.rest();
  // Old sanitizers, and libFuzzer, have a space there too.
  constexpr std::array kOthers = {"ERROR: ", "WARNING: ", "FATAL: "};
  return text.find("Sanitizer: ") == std::string_view::npos &&
         std::ranges::none_of(kOthers, [&](const char* word) { return text.starts_with(word); });
}

// Without its first lines, each is known by how it speaks; kOther: that is not known.
Detector detector_of(std::string_view text) {
  const bool drd =
      text.starts_with("Conflicting ") || text.starts_with("Probably a race condition");
  if (drd) return Detector::kDrd;
  const bool helgrind = text.starts_with("Possible data race ") || text.starts_with("Thread #");
  return helgrind ? Detector::kHelgrind : Detector::kOther;
}

// What --trace-mutex=yes and the like make DRD say: "[1] mutex_unlock mutex 0x1ff".
bool is_trace(std::string_view text) {
  Scan scan(text);
  std::uint32_t thread = 0;
  return (scan.eat("[") && scan.number(thread) && scan.eat("] ")) || text.starts_with("drd_p");
}

}  // namespace

ValgrindStream::ValgrindStream(std::uint64_t pid, Emit emit, Say say)
    : pid_(pid), emit_(std::move(emit)), say_(std::move(say)) {}

ValgrindStream::~ValgrindStream() = default;

void ValgrindStream::line(std::string_view text, std::uint64_t number, bool whole) {
  number_ = number;
  if (text.empty()) {
    if (!whole) return;  // Whatever it would have been.
    ++blanks_;
    announcing_ = announcing_ && announced_ == nullptr;
    // DRD's reports have no blank line inside, Helgrind's have.
    if (report_ != nullptr && tool_ != Detector::kHelgrind && report_->has_frames()) close(true);
    return;
  }
  const int blanks = std::exchange(blanks_, 0);
  Frame read;
  if (read_valgrind_frame(text, read)) return frame(std::move(read));
  if (furniture(text) || announcement(text) || is_trace(text)) return;
  if (report_ != nullptr && report_->headless() && !text.starts_with(' ')) {
    report_->set_head(text, current_thread_);
    return;
  }
  if (report_ != nullptr) {
    const LineFate fate = report_->line(text, whole);
    if (fate == LineFate::kTaken) {
      report_->report().last_line = number;
      return;
    }
    // A line at the margin after a blank one begins something new.
    if (blanks == 0 || text.starts_with(' ')) {
      if (whole) say_("a line of a report that is not understood", text);
      return;
    }
    close(true);
  }
  head(text, number);
}

bool ValgrindStream::furniture(std::string_view text) {
  if (text.starts_with("----------------")) {
    close(true);
    separated_ = true;
    return true;
  }
  if (text.starts_with("---Thread-Announcement")) {
    close(true);
    announcing_ = true;
    announced_ = nullptr;
    return true;
  }
  if (is_trailer(text)) {
    close(true);
    summary(text);
    return true;
  }
  const auto introduces = [&](std::string_view words, Detector tool) {
    if (!text.starts_with(words)) return false;
    tool_ = tool;
    introduced_ = true;
    return true;
  };
  if (introduces("Helgrind, a thread error", Detector::kHelgrind) ||
      introduces("drd, a thread error", Detector::kDrd) ||
      introduces("Memcheck, a memory error", Detector::kOther)) {
    return true;
  }
  return report_ == nullptr && (text.starts_with("Copyright") || text.starts_with("Using Valg") ||
                                text.starts_with("Command: ") || text.starts_with("Parent PID"));
}

// "Thread #2 was created", "Thread #1 is the program's root thread"; of DRD "Thread 3:".
bool ValgrindStream::announcement(std::string_view text) {
  Scan scan(text);
  std::uint32_t number = 0;
  if (scan.eat("Thread ") && scan.number(number) && (scan.rest() == ":" || scan.eat(" "))) {
    if (!scan.rest().ends_with(':')) return false;
    close(true);
    current_thread_ = valgrind_thread(number);
    return true;
  }
  scan = Scan(text);
  if (!announcing_ || !scan.eat("Thread #") || !scan.number(number)) return false;
  const bool root = scan.eat(" is the program's root thread");
  if (!root && !scan.eat(" was created")) return false;
  if (threads_.size() >= kMaxThreads) threads_.clear();
  ReportThread& thread = threads_[valgrind_thread(number)];
  thread = {};
  thread.name = valgrind_thread(number);
  announced_ = root ? nullptr : &thread;
  if (root) announcing_ = false;
  if (tool_ == Detector::kOther) tool_ = Detector::kHelgrind;
  return true;
}

void ValgrindStream::summary(std::string_view text) {
  Scan scan(text);
  std::uint64_t contexts = 0;
  if (!scan.eat("ERROR SUMMARY: ") || !scan.skip_past(" errors from ") || !scan.number(contexts)) {
    return;
  }
  introduced_ = false;
  if (contexts > reports_) {
    say_("Valgrind counts more reports (\"errors from N contexts\") than stand before this line",
         text);
  }
}

void ValgrindStream::frame(Frame frame) {
  if (announced_ != nullptr && report_ == nullptr && pending_.text.empty()) {
    if (announced_->creation.size() < 1000) announced_->creation.push_back(std::move(frame));
    return;
  }
  if (report_ == nullptr && !pending_.text.empty()) {
    const Head head = std::exchange(pending_, {});
    open(head.text, head.line);
  }
  if (report_ != nullptr) {
    report_->report().last_line = number_;
    return report_->frame(std::move(frame));
  }
  say_("a line of a stack outside of any report", frame.function);
}

void ValgrindStream::head(std::string_view text, std::uint64_t number) {
  announced_ = nullptr;
  pending_ = {};
  if (separated_ && text.starts_with(" Lock at ")) {
    open("", number);
    report_->line(text, true);
    return;
  }
  if (text.starts_with(' ')) return;
  // Lines of other kinds are reports only if a stack follows.
  if (separated_ || kind_of_valgrind(text) != ReportKind::kUnknown) return open(text, number);
  pending_ = {std::string(text.substr(0, 400)), number};
}

void ValgrindStream::open(std::string_view text, std::uint64_t number) {
  if (tool_ == Detector::kOther && separated_) tool_ = Detector::kHelgrind;
  if (const Detector told = detector_of(text); told != Detector::kOther) tool_ = told;
  separated_ = false;
  ++reports_;
  report_ = std::make_unique<ValgrindReport>(tool_, pid_);
  if (!text.empty()) report_->set_head(text, current_thread_);
  report_->report().first_line = number;
}

void ValgrindStream::close(bool complete) {
  pending_ = {};
  announced_ = nullptr;
  if (report_ == nullptr) return;
  const std::unique_ptr<ValgrindReport> closed = std::move(report_);
  add_threads(closed->report());
  emit_(*closed, complete && !closed->headless());
}

void ValgrindStream::add_threads(Report& report) const {
  const auto add = [&](const std::string& name) {
    const auto known = threads_.find(name);
    if (known == threads_.end() || find_thread(report, name) != nullptr) return;
    report.threads.push_back(known->second);
  };
  for (const Access& access : report.accesses) add(access.thread);
  for (const LockEdge& edge : report.cycle) add(edge.thread);
  add(report.location.thread);
}

void ValgrindStream::finish(bool whole) {
  if (report_ == nullptr) return;
  // With -q, and of a child process, there are neither first lines nor last ones: blank lines end a
  // report, two where there are some inside.
  const ReportKind kind = report_->report().kind;
  const bool has_blanks = kind == ReportKind::kDataRace || kind == ReportKind::kLockOrderInversion;
  const int needed = has_blanks ? 2 : 1;
  const bool quiet_end = !introduced_ && whole && blanks_ >= needed;
  close(quiet_end);
}

bool find_valgrind(std::string_view line, std::uint64_t& pid, std::string_view& text) {
  for (std::size_t at = line.find("=="); at != std::string_view::npos; at = line.find("==", at)) {
    if (split(line.substr(at), pid, text)) return true;
    at += 1;
  }
  return false;
}

}  // namespace assay
