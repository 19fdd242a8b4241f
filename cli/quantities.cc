#include "cli/quantities.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace assay {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// False unless it is made of digits, and fits.
bool read_digits(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return all_digits(text) && error == std::errc();
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
    const bool fits = read_digits(item, value);
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

std::uint64_t parse_number(const std::string& flag, const std::string& text, std::uint64_t least,
                           std::uint64_t most) {
  std::uint64_t value = 0;
  if (!read_digits(text, value) || value < least || value > most) {
    throw UsageError(
        fmt::format("{}: expected a number from {} to {}, found '{}'", flag, least, most, text));
  }
  return value;
}

std::uint64_t parse_count(const std::string& flag, const std::string& text, std::uint64_t most) {
  return parse_number(flag, text, 1, most);
}

std::uint64_t parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  if (!read_digits(text, seed)) {
    throw UsageError(
        fmt::format("--seed: expected a number from 0 to 18446744073709551615, found '{}'", text));
  }
  return seed;
}

namespace {

struct Quantity {
  double value;
  std::string_view unit;
  bool valid;
};

/// "1.5s" as 1.5 and "s".
Quantity quantity_of(const std::string& text) {
  Quantity quantity{};
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, quantity.value);
  quantity.valid = error == std::errc();
  quantity.unit = std::string_view(end, static_cast<std::size_t>(last - end));
  return quantity;
}

std::string duration_text(std::chrono::nanoseconds duration) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(duration).count();
  return minutes > 60 ? fmt::format("{}h", minutes / 60) : fmt::format("{}m", minutes);
}

}  // namespace

std::chrono::nanoseconds parse_duration(const std::string& text, std::chrono::nanoseconds most) {
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
      {{"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  const Quantity typed = quantity_of(text);
  for (const auto& [name, ns] : kUnits) {
    if (!typed.valid || typed.unit != name) continue;
    const double value = typed.value * ns;
    if (value >= 1e6 && value <= static_cast<double>(most.count())) {
      return std::chrono::nanoseconds(static_cast<std::int64_t>(value));
    }
  }
  throw UsageError(
      fmt::format("--duration: expected 1ms to {}, such as 500ms, 10s or 2m, found '{}'",
                  duration_text(most), text));
}

std::uint64_t parse_bytes(const std::string& flag, const std::string& text) {
  constexpr std::array<std::pair<std::string_view, int>, 3> kUnits{
      {{"M", 20}, {"G", 30}, {"T", 40}}};
  const Quantity typed = quantity_of(text);
  for (const auto& [name, shift] : kUnits) {
    if (!typed.valid || typed.unit != name) continue;
    const double value = typed.value * static_cast<double>(std::uint64_t{1} << shift);
    if (value >= 1 << 20 && value < 1e15) return static_cast<std::uint64_t>(value);
  }
  throw UsageError(
      fmt::format("{}: expected an amount from 1M on, such as 512M or 2G, found '{}'", flag, text));
}

}  // namespace assay
