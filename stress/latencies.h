/// Latencies: a histogram of numbers of nanoseconds, log-linear as HdrHistogram's.
///
/// Every power of two is cut into 64 equal parts, so that a percentile is off by less than 1.6 %,
/// whatever its size, and a histogram takes 24 KiB however many samples it has. Zero bytes are an
/// empty one: it may live in memory that processes share. Recording is lock-free and may be done
/// from all of them at once; reading while others record sees some of it.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace assay {

class Latencies {
 public:
  void record(std::uint64_t ns) {
    counts_.at(place_of(ns)).fetch_add(1, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
    return sum;
  }

  /// The largest number that falls where the sample does below which `fraction` of all lie; 0 when
  /// there is none. `fraction` is from 0 to 1.
  [[nodiscard]] std::uint64_t percentile(double fraction) const {
    const std::uint64_t all = count();
    if (all == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(fraction * static_cast<double>(all - 1));
    std::uint64_t below = 0;
    for (std::size_t place = 0; place < counts_.size(); ++place) {
      below += counts_.at(place).load(std::memory_order_relaxed);
      if (below > wanted) return most_in(place);
    }
    return most_in(counts_.size() - 1);
  }

 private:
  static constexpr unsigned kBits = 6;  ///< Of the parts of a power of two.
  static constexpr std::size_t kParts = std::size_t{1} << kBits;
  static constexpr std::size_t kPowers = 48;  ///< 2^53 ns are 104 days; what is above counts there.

  /// Numbers below kParts have a place each; above, the highest bits choose one.
  static std::size_t place_of(std::uint64_t ns) {
    if (ns < kParts) return ns;
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - kBits - 1;
    if (shift + 1 >= kPowers) return kPowers * kParts - 1;
    return (shift + 1) * kParts + ((ns >> shift) - kParts);
  }

  static std::uint64_t most_in(std::size_t place) {
    if (place < kParts) return place;
    const std::size_t shift = place / kParts - 1;
    return ((place % kParts + kParts + 1) << shift) - 1;
  }

  std::array<std::atomic<std::uint64_t>, kPowers * kParts> counts_;
};

}  // namespace assay
