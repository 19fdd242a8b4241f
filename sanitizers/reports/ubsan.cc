// UndefinedBehaviorSanitizer's reports, and sanitizers that failed themselves: one line, then a
// stack if there is one. They have no mark at their end.
#include "sanitizers/reports/frame.h"
#include "sanitizers/reports/parser.h"
#include "sanitizers/reports/scan.h"

namespace assay {
namespace {

// The bytes that the note points at, and the marks and words below them.
bool is_excerpt(std::string_view text) {
  return text.find_first_not_of(" 0123456789abcdef^~?") == std::string_view::npos ||
         text.starts_with("              ");
}

class ShortParser : public ReportParser {
 public:
  // Output of the program between the line and its stack; more of it, and there is no stack.
  static constexpr int kMaxOutside = 3;

  LineFate line(std::string_view text, bool whole) override {
    if (take_frame(text)) {
      framed_ = true;
      outside_ = 0;
      return LineFate::kTaken;
    }
    if (text.empty()) {
      if (framed_) blank_ = true;
      return LineFate::kTaken;
    }
    if (text.starts_with("SUMMARY: ")) {
      Scan scan(text);
      scan.skip_past("Sanitizer: ");
      report_.summary = scan.rest();
      return LineFate::kClosed;
    }
    if (blank_) return LineFate::kEnded;
    const bool note = text.find(": note: ") != std::string_view::npos;
    if (note || (noted_ && is_excerpt(text))) {
      noted_ = true;
      return LineFate::kTaken;
    }
    if (!whole) return LineFate::kOutside;
    return ++outside_ > kMaxOutside ? LineFate::kEnded : LineFate::kOutside;
  }

  bool complete() const override { return true; }

 private:
  bool framed_ = false;
  bool blank_ = false;
  bool noted_ = false;
  int outside_ = 0;
};

class UbsanParser : public ShortParser {
 public:
  UbsanParser(std::string_view place, std::string_view words) {
    report_.detector = Detector::kUndefinedBehaviorSanitizer;
    report_.text = words;
    report_.kind = kind_of_undefined(words);
    Access access;
    if (words.starts_with("load of ")) access.kind = AccessKind::kRead;
    if (words.starts_with("store to ")) access.kind = AccessKind::kWrite;
    report_.accesses.push_back(std::move(access));
    stack_ = &report_.accesses.back().stack;
    // The place says more than the frame that may follow: it has the column, with gcc too.
    read_place(place, head_);
    if (place == "<unknown>") head_ = {};
  }

  void finish() override {
    Stack& stack = report_.accesses.front().stack;
    if (stack.empty() && head_.line != 0) stack.push_back(head_);
    if (stack.empty()) return;
    Frame& frame = stack.front();
    if (frame.line == head_.line && frame.column == 0) frame.column = head_.column;
  }

 private:
  Frame head_;
};

class FailureParser : public ShortParser {
 public:
  FailureParser(Detector detector, std::string_view words) {
    report_.detector = detector;
    report_.kind = kind_of_sanitizer(words);
    // At an address of the detector's choice: its own memory.
    const bool own = words.find(" bytes at address ") != std::string_view::npos;
    if (own || report_.kind == ReportKind::kUnknown) report_.kind = ReportKind::kDetectorFailure;
    report_.text = words;
    begin_stack("");
  }
};

}  // namespace

std::unique_ptr<ReportParser> ubsan_parser(std::string_view place, std::string_view words) {
  return std::make_unique<UbsanParser>(place, words);
}

std::unique_ptr<ReportParser> failure_parser(Detector detector, std::string_view words) {
  return std::make_unique<FailureParser>(detector, words);
}

}  // namespace assay
