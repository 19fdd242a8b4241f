#include "cli/certainty.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "cli/quantities.h"

namespace assay {
namespace {

std::optional<double> number(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> fraction(const std::string& text) {
  if (text.ends_with('%')) {
    const auto percent = number(text.substr(0, text.size() - 1));
    return percent ? std::optional(*percent / 100) : std::nullopt;
  }
  const std::size_t bar = text.find('/');
  if (bar == std::string::npos) return number(text);
  const auto above = number(text.substr(0, bar));
  const auto below = number(text.substr(bar + 1));
  if (!above || !below || *below == 0) return std::nullopt;
  return *above / *below;
}

}  // namespace

double runs_to_see(double frequency, double confidence) {
  if (frequency >= 1) return 1;
  // log1p: frequencies of 1e-12 and less would vanish beside 1.
  const double runs = std::log1p(-confidence) / std::log1p(-frequency);
  // 0.75 of 1/2 is two runs exactly, whatever the last digit of the logarithms.
  const double near = std::round(runs);
  return std::max(1.0, std::abs(runs - near) < 1e-9 * near ? near : std::ceil(runs));
}

double excluded_by(double silent_runs, double confidence) {
  return -std::expm1(std::log1p(-confidence) / silent_runs);
}

double parse_fraction(const std::string& flag, const std::string& text) {
  const auto value = fraction(text);
  if (!value || *value <= 0 || *value > 1) {
    throw UsageError(fmt::format(
        "{}: expected a fraction above 0 and up to 1, such as 0.001, 0.1% or 1/1000, found '{}'",
        flag, text));
  }
  return *value;
}

}  // namespace assay
