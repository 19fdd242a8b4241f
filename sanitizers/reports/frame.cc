#include "sanitizers/reports/frame.h"

#include <cctype>

#include "sanitizers/reports/scan.h"

namespace assay {
namespace {

// ":12" at the end of the text, cut off.
bool cut_number(std::string_view& text, std::uint32_t& number) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size() || colon == 0) return false;
  Scan scan(text.substr(colon + 1));
  std::uint32_t value = 0;
  if (!scan.number(value) || !scan.done()) return false;
  number = value;
  text = text.substr(0, colon);
  return true;
}

void trim(std::string_view& text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

// "(prog+0x12)" at the end of the text, cut off.
void cut_module(std::string_view& text, Frame& frame) {
  if (!text.ends_with(')')) return;
  const std::size_t plus = text.rfind("+0x");
  if (plus == std::string_view::npos) return;
  Scan scan(text.substr(plus + 1));
  std::uint64_t offset = 0;
  if (!scan.hex(offset) || scan.rest() != ")") return;
  std::size_t open = text.rfind(" (", plus);
  if (open == std::string_view::npos) {
    if (!text.starts_with('(')) return;
    open = 0;
  } else {
    ++open;
  }
  frame.module = text.substr(open + 1, plus - open - 1);
  frame.offset = offset;
  text = text.substr(0, open);
  trim(text);
}

void cut_build_id(std::string_view& text) {
  if (!text.ends_with(')')) return;
  const std::size_t at = text.rfind("(BuildId: ");
  if (at == std::string_view::npos) return;
  text = text.substr(0, at);
  trim(text);
}

// Where the file begins in "operator()(int) const /a dir/b.cc": after the first space that a path
// can follow, outside of brackets; a relative path follows the last such space.
std::size_t start_of_file(std::string_view text) {
  int depth = 0;
  std::size_t last = std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '<' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}' || (c == '>' && depth > 0)) --depth;
    if (c != ' ' || depth > 0) continue;
    last = i + 1;
    if (i + 1 < text.size() && text[i + 1] == '/') break;
  }
  if (last == std::string_view::npos) {
    // Brackets that do not match, as in "operator<": the last space decides.
    const std::size_t space = text.rfind(' ');
    last = space == std::string_view::npos ? 0 : space + 1;
  }
  return last;
}

bool looks_like_file(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.find('.') != std::string_view::npos;
}

void read_function_and_file(std::string_view text, Frame& frame) {
  if (text.ends_with(" <null>") || text == "<null>") {
    text.remove_suffix(6);
    trim(text);
    if (text != "<null>") frame.function = text;
    return;
  }
  const std::size_t at = start_of_file(text);
  std::string_view place = text.substr(at);
  Frame with_place;
  read_place(place, with_place);
  if (with_place.line == 0 && (at == 0 || !looks_like_file(place))) {
    frame.function = text;
    return;
  }
  frame.file = with_place.file;
  frame.line = with_place.line;
  frame.column = with_place.column;
  std::string_view function = text.substr(0, at);
  trim(function);
  if (function != "<null>") frame.function = function;
}

}  // namespace

void read_place(std::string_view text, Frame& frame) {
  std::uint32_t last = 0;
  std::uint32_t before = 0;
  if (cut_number(text, last)) {
    if (cut_number(text, before)) {
      frame.line = before;
      frame.column = last;
    } else {
      frame.line = last;
    }
  }
  frame.file = text;
}

bool read_sanitizer_frame(std::string_view line, Frame& frame) {
  Scan scan(line);
  std::uint32_t number = 0;
  if (!scan.eat("    #") || !scan.number(number) || !scan.eat(" ")) return false;
  if (scan.hex(frame.address)) {
    if (!scan.eat(" in ")) scan.eat(" ");
  }
  std::string_view text = scan.rest();
  trim(text);
  cut_build_id(text);
  cut_module(text, frame);
  if (text == "(<unknown module>)") return true;
  if (!text.empty()) read_function_and_file(text, frame);
  return true;
}

bool read_valgrind_frame(std::string_view line, Frame& frame) {
  Scan scan(line);
  if (!scan.eat("   at ") && !scan.eat("   by ")) return false;
  if (!scan.hex(frame.address) || !scan.eat(": ")) return false;
  std::string_view text = scan.rest();
  const std::size_t open = text.rfind(" (");
  if (open != std::string_view::npos && text.ends_with(')')) {
    std::string_view inside = text.substr(open + 2, text.size() - open - 3);
    if (inside.starts_with("in ")) {
      frame.module = inside.substr(3);
      text = text.substr(0, open);
    } else if (inside.find(':') != std::string_view::npos) {
      read_place(inside, frame);
      text = text.substr(0, open);
    }
  }
  if (text != "???") frame.function = text;
  return true;
}

}  // namespace assay
