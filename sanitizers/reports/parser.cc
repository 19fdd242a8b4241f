#include "sanitizers/reports/parser.h"

#include <utility>

namespace assay {

bool ReportParser::room() {
  if (items_ >= ReportReader::kMaxFrames) {
    ++dropped_;
    return false;
  }
  ++items_;
  return true;
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
  return words == "T0" ? "main" : std::string(words);
}

}  // namespace assay
