#include "sanitizers/reports/parser.h"

#include <utility>

#include "sanitizers/reports/frame.h"

namespace assay {

bool ReportParser::room() {
  if (items_ >= ReportReader::kMaxFrames) {
    ++dropped_;
    return false;
  }
  ++items_;
  return true;
}

bool ReportParser::expects_frame(std::uint32_t number) const {
  if (stack_ == nullptr) return framed_ ? paused_ != nullptr && number == next_frame_ : number == 0;
  // A function that is inlined may have the number of the one around it.
  return stack_->empty() || (number > 0 && number + 1 >= next_frame_);
}

bool ReportParser::expects(std::string_view text) const {
  Frame frame;
  std::uint32_t number = 0;
  if (!read_sanitizer_frame(text, number, frame)) return false;
  const bool first = stack_ != nullptr && stack_->empty();
  return first ? number == 0 : framed_ && number == next_frame_;
}

bool ReportParser::take_frame(std::string_view text) {
  Frame frame;
  std::uint32_t number = 0;
  if (!read_sanitizer_frame(text, number, frame) && !read_unmarked_frame(text, number, frame)) {
    return false;
  }
  if (!is_indented_frame(text) && !expects_frame(number)) return false;
  if (stack_ == nullptr && paused_ != nullptr && number == next_frame_) stack_ = paused_;
  paused_ = nullptr;
  next_frame_ = number + 1;
  framed_ = true;
  add_frame(std::move(frame));
  return true;
}

void ReportParser::pause_stack() {
  if (stack_ != nullptr && !stack_->empty()) paused_ = stack_;
  stack_ = nullptr;
}

void ReportParser::add_frame(Frame frame) {
  if (!room()) return;
  if (stack_ == nullptr) begin_stack("");
  stack_->push_back(std::move(frame));
}

void ReportParser::begin_stack(std::string_view title) {
  report_.stacks.push_back({std::string(title), {}});
  stack_ = &report_.stacks.back().stack;
}

std::string sanitizer_thread(std::string_view words) {
  if (words.starts_with("main thread")) return "main";
  if (words.starts_with("thread ")) words.remove_prefix(7);
  words = words.substr(0, words.find_first_of(" :.,("));
  // Of one that the runtime does not know.
  if (words == "T-1") return "";
  return words == "T0" ? "main" : std::string(words);
}

}  // namespace assay
