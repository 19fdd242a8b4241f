/// What a driver wrote, as lines.
///
/// Blank lines and blanks around a line carry nothing, and no more does the mark of UTF-8 that some
/// languages write before everything else: who reads by this passes over them. So "\r\n" ends a
/// line as well.
#pragma once

#include <algorithm>
#include <string_view>

namespace assay {

inline constexpr std::string_view kBlanks = " \t\r\n";

struct Lines {
  std::string_view first;  ///< The first line that is not blank, without its end.
  std::string_view more;   ///< What comes after it, from the next one on.
  bool ended = false;      ///< The first line has its end.
};

inline std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

inline Lines lines_of(std::string_view text) {
  constexpr std::string_view kMarkOfUtf8 = "\xEF\xBB\xBF";
  if (text.starts_with(kMarkOfUtf8)) text.remove_prefix(kMarkOfUtf8.size());
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::size_t end = std::min(text.find('\n'), text.size());
  return {without_blanks(text.substr(0, end)), without_blanks(text.substr(end)), end < text.size()};
}

}  // namespace assay
