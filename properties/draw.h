/// Draws: what generators take their choices from, on top of RapidCheck's random numbers.
///
/// Guarantee: the same rc::Random makes the same draws on every machine (its numbers come from a
/// hash with a fixed key schedule; nothing here depends on the width or order of other types).
#pragma once

#include <rapidcheck/Random.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace assay {

class Draw {
 public:
  explicit Draw(const rc::Random& random) : random_(random) {}

  /// A number from 0 to `bound` - 1, which must not be 0.
  std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
  std::uint32_t below32(std::uint32_t bound) { return static_cast<std::uint32_t>(below(bound)); }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  /// From 0 to `most`: small numbers are as frequent as large ones, by order of magnitude.
  std::uint64_t magnitude(std::uint64_t most) {
    std::uint64_t bits = 0;
    while (most >> bits != 0) ++bits;
    const std::uint64_t number = below(std::uint64_t{1} << below(bits + 1));
    return number < most ? number : most;
  }

  template <typename T>
  const T& pick(std::span<const T> choices) {
    return choices[below(choices.size())];
  }

 private:
  rc::Random random_;
};

}  // namespace assay
