#include "sanitizers/reports/as_printed.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "sanitizers/reports/scan.h"

namespace assay {

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

}  // namespace assay
