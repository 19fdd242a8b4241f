/// Reading one line from left to right.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace assay {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// What is not there leaves the rest as it was.
class Scan {
 public:
  explicit Scan(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }
  bool done() const { return rest_.empty(); }

  bool eat(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }

  /// Everything before `literal`, and past it.
  bool until(std::string_view literal, std::string_view& taken) {
    const std::size_t at = rest_.find(literal);
    if (at == std::string_view::npos) return false;
    taken = rest_.substr(0, at);
    rest_.remove_prefix(at + literal.size());
    return true;
  }

  void skip_spaces() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }

  bool skip_past(std::string_view literal) {
    std::string_view ignored;
    return until(literal, ignored);
  }

  /// As many characters as are neither space nor in `stops`; at least one.
  bool word(std::string_view& taken, std::string_view stops = "") {
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] != ' ' && stops.find(rest_[n]) == stops.npos) ++n;
    taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return n > 0;
  }

  /// Decimal digits. A number too large for its type is no number.
  template <typename Number>
  bool number(Number& value) {
    return digits(value, 10);
  }

  /// "0x" and hexadecimal digits.
  bool hex(std::uint64_t& value) {
    if (!rest_.starts_with("0x")) return false;
    Scan after(rest_.substr(2));
    if (!after.digits(value, 16)) return false;
    rest_ = after.rest_;
    return true;
  }

 private:
  template <typename Number>
  bool digits(Number& value, int base) {
    if (rest_.empty() || rest_.front() == '-') return false;
    Number parsed = 0;
    const auto [end, error] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), parsed, base);
    if (error != std::errc()) return false;
    value = parsed;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  std::string_view rest_;
};

}  // namespace assay
