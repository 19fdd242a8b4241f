#include "models/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace assay {
namespace {

/// How many bytes the character at the start of the text takes; 0 when there is none.
std::size_t bytes_of_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const bool leads = first < 0x80 || (first >= 0xC2 && first < 0xF5);
  if (!leads || size > text.size()) return 0;
  std::uint32_t code = size == 1 ? first : first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return code >= kLeast.at(size) && code < 0x110000 && !surrogate ? size : 0;
}

/// C0, DEL and C1: what a terminal takes as a command.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1)
    return (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

void append_escaped(std::string& text, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
  }
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string shown;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t size = bytes_of_character(text.substr(at, 4));
    const std::string_view character = text.substr(at, std::max<std::size_t>(1, size));
    if (at + character.size() > most) return shown + "...";
    if (size == 0 || is_control(character)) {
      append_escaped(shown, character);
    } else {
      shown += character;
    }
    at += character.size();
  }
  return shown;
}

}  // namespace assay
