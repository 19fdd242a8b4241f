#include "sanitizers/reports/frame.h"

#include <algorithm>
#include <array>

#include "sanitizers/reports/scan.h"

namespace assay {
namespace {

using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace)

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
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t end = text.find_last_not_of(" \t") + 1;
  text = text.substr(begin, std::max(begin, end) - begin);
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

// "(0x12)" at the end, where the module is not known.
void cut_bare_address(std::string_view& text, Frame& frame) {
  const std::size_t open = text.rfind("(0x");
  if (open == std::string_view::npos) return;
  Scan scan(text.substr(open + 1));
  std::uint64_t address = 0;
  if (!scan.hex(address) || scan.rest() != ")") return;
  frame.address = address;
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

// "+0x12" behind a function, which macOS prints.
void cut_offset_in_function(std::string_view& text) {
  const std::size_t plus = text.rfind("+0x");
  if (plus == std::string_view::npos || plus == 0) return;
  Scan scan(text.substr(plus + 1));
  std::uint64_t ignored = 0;
  if (scan.hex(ignored) && scan.done()) text = text.substr(0, plus);
}

// "f (in prog) + 12" and "f (in prog) (a.cc:3)", of atos, which macOS symbolizes with.
void cut_module_of_atos(std::string_view& text, std::string& place, Frame& frame) {
  const std::size_t open = text.rfind(" (in ");
  const std::size_t close = open == std::string_view::npos ? open : text.find(')', open);
  if (close == std::string_view::npos) return;
  const std::string_view after = text.substr(close + 1);
  if (!after.starts_with(" + ") && !(after.starts_with(" (") && after.ends_with(')'))) return;
  frame.module = text.substr(open + 5, close - open - 5);
  place = text.substr(0, open);
  if (after.ends_with(')')) place.append(" ").append(after.substr(2, after.size() - 3));
  text = place;
}

// What macOS puts behind the name of a program or library: "prog:arm64".
void cut_architecture(std::string& module) {
  constexpr std::array kNames = {":x86_64"sv, ":x86_64h"sv, ":arm64"sv, ":arm64e"sv, ":i386"sv};
  for (const std::string_view name : kNames) {
    if (module.ends_with(name)) return module.resize(module.size() - name.size());
  }
}

// "a.cc:3 (discriminator 2)", of addr2line.
void cut_discriminator(std::string_view& text) {
  const std::size_t at = text.rfind(" (discriminator ");
  if (at != std::string_view::npos && text.ends_with(')')) text = text.substr(0, at);
}

// Does a path follow the space at `space`? "/a", "C:\a", "D:/a".
bool begins_absolute_path(std::string_view text, std::size_t space) {
  const std::string_view rest = text.substr(space + 1);
  if (rest.starts_with('/')) return true;
  return rest.size() > 2 && rest[1] == ':' && (rest[2] == '\\' || rest[2] == '/');
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
    if (begins_absolute_path(text, i)) break;
  }
  if (last == std::string_view::npos) {
    // Brackets that do not match, as in "operator<": the last space decides.
    const std::size_t space = text.rfind(' ');
    last = space == std::string_view::npos ? 0 : space + 1;
  }
  return last;
}

bool looks_like_file(std::string_view text) {
  return text.find_first_of("/.\\") != std::string_view::npos;
}

// "f()" of "f() <null>", "f() <null>:12" (macOS) and "f() <compiler-generated>".
bool cut_no_file(std::string_view& text) {
  constexpr std::array kNames = {"<null>"sv, "<compiler-generated>"sv};
  for (const std::string_view name : kNames) {
    const std::size_t at = text.rfind(name);
    if (at == std::string_view::npos || (at > 0 && text[at - 1] != ' ')) continue;
    const std::string_view after = text.substr(at + name.size());
    if (after.find_first_not_of(":0123456789") != std::string_view::npos) continue;
    text = text.substr(0, at);
    trim(text);
    return true;
  }
  return false;
}

// What symbolizers print for a name that they do not know.
bool is_no_name(std::string_view text) {
  return text.empty() || text == "??" || text == "<null>" || text == "<unknown>";
}

// "a.rs" of "a.rs:?"; the line is not known. Of Rust's "3fndttuw:?", which is no file, nothing.
void cut_unknown_line(std::string_view& text) {
  if (!text.ends_with(":?")) return;
  text.remove_suffix(2);
  if (!looks_like_file(text)) text = {};
}

void set_function(std::string_view text, Frame& frame) {
  trim(text);
  cut_offset_in_function(text);
  if (!is_no_name(text)) frame.function = text;
}

void read_function_and_file(std::string_view text, Frame& frame) {
  if (cut_no_file(text)) return set_function(text, frame);
  const std::size_t at = start_of_file(text);
  std::string_view place = text.substr(at);
  const bool unknown_line = place.ends_with(":?");
  cut_unknown_line(place);
  Frame with_place;
  read_place(place, with_place);
  if (is_no_name(with_place.file)) return set_function(text.substr(0, at), frame);
  if (with_place.line == 0 && !unknown_line && (at == 0 || !looks_like_file(place))) {
    return set_function(text, frame);
  }
  frame.file = with_place.file;
  frame.line = with_place.line;
  frame.column = with_place.column;
  set_function(text.substr(0, at), frame);
}

}  // namespace

void read_place(std::string_view text, Frame& frame) {
  // "[a.cc:3]:4", as tools write it that make links of it.
  std::string unlinked;
  const std::size_t bracket = text.find("]:");
  if (text.starts_with('[') && bracket != std::string_view::npos) {
    unlinked = std::string(text.substr(1, bracket - 1)).append(text.substr(bracket + 1));
    text = unlinked;
  }
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

bool read_sanitizer_frame(std::string_view line, std::uint32_t& number, Frame& frame) {
  trim(line);
  Scan scan(line);
  if (!scan.eat("#") || !scan.number(number) || !scan.eat(" ")) return false;
  scan.skip_spaces();
  if (scan.hex(frame.address)) scan.skip_spaces();
  scan.eat("in ");
  std::string_view text = scan.rest();
  trim(text);
  cut_build_id(text);
  cut_module(text, frame);
  cut_bare_address(text, frame);
  std::string without_atos;
  cut_module_of_atos(text, without_atos, frame);
  cut_architecture(frame.module);
  cut_discriminator(text);
  if (text == "(<unknown module>)") return true;
  if (!text.empty()) read_function_and_file(text, frame);
  return true;
}

bool read_unmarked_frame(std::string_view line, std::uint32_t& number, Frame& frame) {
  trim(line);
  if (line.empty() || line.front() < '0' || line.front() > '9') return false;
  std::string marked = "#";
  return read_sanitizer_frame(marked.append(line), number, frame) && frame.offset != 0;
}

bool is_indented_frame(std::string_view line) { return line.starts_with("    #"); }

bool read_valgrind_frame(std::string_view line, Frame& frame) {
  Scan scan(line);
  scan.skip_spaces();
  if (!scan.eat("at ") && !scan.eat("by ")) return false;
  if (!scan.hex(frame.address) || !scan.eat(": ")) return false;
  std::string_view text = scan.rest();
  const std::size_t open = text.rfind(" (");
  if (open != std::string_view::npos && text.ends_with(')')) {
    std::string_view inside = text.substr(open + 2, text.size() - open - 3);
    if (inside.starts_with("in ") || inside.starts_with("within ")) {
      frame.module = inside.substr(inside.find(' ') + 1);
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
