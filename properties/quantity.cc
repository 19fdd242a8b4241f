#include "properties/quantity.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace assay {
namespace {

/// Three significant digits, without an exponent.
std::string digits(double value) {
  const double size = std::fabs(value);
  const int decimals = size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string with_unit(double value, double step, std::initializer_list<const char*> units) {
  const char* unit = *units.begin();
  for (const char* next : units) {
    unit = next;
    if (std::fabs(value) < step * 0.9995 || next == *(units.end() - 1)) break;
    value /= step;
  }
  return digits(value) + " " + unit;
}

}  // namespace

std::string duration_text(double ns) { return with_unit(ns, 1'000, {"ns", "us", "ms", "s"}); }

std::string bytes_text(double bytes) {
  if (std::fabs(bytes) < 1'023.5) return std::to_string(std::lround(bytes)) + " B";
  return with_unit(bytes, 1'024, {"B", "KiB", "MiB", "GiB"});
}

std::string ratio_text(double ratio) {
  if (ratio < 999.5) return digits(ratio) + "x";
  // Three significant digits are all that a ratio of measured times has.
  double step = 1;
  while (ratio / step >= 999.5) step *= 10;
  return count_text(static_cast<std::uint64_t>(std::round(ratio / step) * step)) + "x";
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

}  // namespace assay
