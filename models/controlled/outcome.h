/// Outcome: what one run of a scenario came to, as a few numbers, and whether its requirements
/// held.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace assay {

class Outcome {
 public:
  static constexpr std::size_t kMost = 12;
  static constexpr std::size_t kMostSometimes = 8;

  explicit Outcome(std::size_t units = 0) : units_(static_cast<std::uint32_t>(units)) {}

  /// Units of the run.
  [[nodiscard]] std::size_t units() const { return units_; }
  /// Adds a number, such as a register of a litmus test. Throws std::length_error above kMost.
  void record(std::int64_t value) {
    if (count_ == kMost) throw std::length_error("an outcome has at most 12 numbers");
    values_[count_++] = value;
  }
  /// Fails the run when the condition does not hold; `text`, a literal, says what should.
  void require(bool condition, const char* text) {
    if (!condition && broken_ == nullptr) broken_ = text;
  }

  /// Demands that the condition holds in some execution; `text`, a literal, says what does. An
  /// exploration lists those that never held, so that a passing one says what it covered. Say it in
  /// every execution, under no condition: what is never said is not missed. Throws
  /// std::length_error above kMostSometimes.
  void sometimes(bool condition, const char* text) {
    if (sometimes_count_ == kMostSometimes)
      throw std::length_error("an outcome has at most 8 conditions that hold sometimes");
    sometimes_[sometimes_count_++] = {text, condition};
  }
  struct Sometimes {
    const char* text;
    bool held;
  };
  [[nodiscard]] std::span<const Sometimes> sometimes() const {
    return {sometimes_.data(), sometimes_count_};
  }

  /// The first requirement that did not hold, or null.
  [[nodiscard]] const char* broken() const { return broken_; }
  /// "0,1": the recorded numbers.
  [[nodiscard]] std::string text() const {
    std::string text;
    for (std::size_t i = 0; i < count_; ++i)
      text += (i == 0 ? "" : ",") + std::to_string(values_[i]);
    return text;
  }
  /// Of the recorded numbers, spread over all bits.
  [[nodiscard]] std::uint64_t hash() const {
    std::uint64_t mixed = 0;
    for (std::size_t i = 0; i < count_; ++i)
      mixed = (mixed ^ static_cast<std::uint64_t>(values_[i])) * 0x9e3779b97f4a7c15;
    return mixed ^ (mixed >> 32);
  }
  /// By the recorded numbers alone.
  bool operator==(const Outcome& other) const {
    if (count_ != other.count_) return false;
    for (std::size_t i = 0; i < count_; ++i) {
      if (values_[i] != other.values_[i]) return false;
    }
    return true;
  }
  std::strong_ordering operator<=>(const Outcome& other) const {
    if (count_ != other.count_) return count_ <=> other.count_;
    for (std::size_t i = 0; i < count_; ++i) {
      if (values_[i] != other.values_[i]) return values_[i] <=> other.values_[i];
    }
    return std::strong_ordering::equal;
  }

 private:
  // Of another type than the numbers: what stores one of those then changes none of these, and a
  // compiler that knows the units keeps an outcome in registers (scenarios/samples.h).
  std::uint32_t units_;
  std::uint32_t count_ = 0;
  std::uint32_t sometimes_count_ = 0;
  const char* broken_ = nullptr;
  std::array<std::int64_t, kMost> values_;
  std::array<Sometimes, kMostSometimes> sometimes_;
};

}  // namespace assay
