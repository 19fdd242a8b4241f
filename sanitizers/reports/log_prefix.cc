#include "sanitizers/reports/log_prefix.h"

#include <algorithm>

namespace assay {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::size_t run_of(std::string_view text, std::size_t at, bool (*belongs)(char)) {
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at);
  return static_cast<std::size_t>(std::find_if_not(begin, text.end(), belongs) - begin);
}

}  // namespace

std::size_t length_of_prefix(std::string_view line, std::string_view prefix) {
  const auto is_space = [](char c) { return c == ' '; };
  std::size_t at = 0;
  for (std::size_t i = 0; i < prefix.size();) {
    const std::size_t words = run_of(prefix, i, is_word);
    const std::size_t spaces = run_of(prefix, i, is_space);
    const std::size_t here = run_of(line, at, words > 0 ? is_word : is_space);
    if (words > 0) {
      if (here == 0) return 0;
      i += words;
      at += here;
    } else if (spaces > 0 && i + spaces < prefix.size()) {
      // They align a number: "[   12.345]".
      i += spaces;
      at += here;
    } else {
      // A blank line, of a log that cuts the spaces at the end of its lines.
      if (at == line.size() && spaces > 0) return at;
      if (at >= line.size() || line[at] != prefix[i]) return 0;
      ++i;
      ++at;
    }
  }
  return at;
}

std::size_t start_of_path(std::string_view place) {
  if (place.starts_with('/')) return 0;
  const std::size_t absolute = place.find(" /");
  if (absolute != std::string_view::npos) return absolute + 1;
  const std::size_t space = place.find_last_of(" \t");
  return space == std::string_view::npos ? 0 : space + 1;
}

}  // namespace assay
