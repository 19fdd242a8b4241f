#include "cli/quantities.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace assay {
namespace {

bool parse_number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::vector<std::size_t> parse_units(const std::string& text, const UnitLimit& limit) {
  std::vector<std::size_t> units;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string item = text.substr(from, end - from);
    from = end + 1;
    std::uint64_t value = 0;
    if (!all_digits(item)) {
      throw UsageError(
          fmt::format("--units: expected numbers of units such as 2,64,1000, found '{}'", text));
    }
    const bool fits = parse_number(item, value);
    if (fits && value == 0) {
      throw UsageError("--units: expected at least 1 unit, found 0");
    }
    if (!fits || value > limit.most) {
      throw UsageError(
          fmt::format("--units: expected at most {}, which is the limit by {}, found {}",
                      limit.most, limit.name, item));
    }
    units.push_back(value);
  }
  return units;
}

std::uint64_t parse_count(const std::string& flag, const std::string& text, std::uint64_t most) {
  std::uint64_t count = 0;
  if (!all_digits(text) || !parse_number(text, count) || count == 0 || count > most) {
    throw UsageError(
        fmt::format("{}: expected a number from 1 to {}, found '{}'", flag, most, text));
  }
  return count;
}

std::uint64_t parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  if (!all_digits(text) || !parse_number(text, seed)) {
    throw UsageError(
        fmt::format("--seed: expected a number from 0 to 18446744073709551615, found '{}'", text));
  }
  return seed;
}

std::chrono::nanoseconds parse_duration(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, double>, 3> kUnits{
      {{"ms", 1e6}, {"s", 1e9}, {"m", 60e9}}};
  constexpr double kMost = 3600e9;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, ns] : kUnits) {
    if (error != std::errc() || unit != name) continue;
    if (value * ns >= 1e6 && value * ns <= kMost) {
      return std::chrono::nanoseconds(static_cast<std::int64_t>(value * ns));
    }
  }
  throw UsageError(
      fmt::format("--duration: expected 1ms to 60m, such as 500ms, 10s or 2m, found '{}'", text));
}

}  // namespace assay
