#include "properties/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>

namespace assay {
namespace {

constexpr double kLowest = 0.025;
constexpr double kHighest = 0.975;
constexpr double kNormalQuantile = 1.959963984540054;  // Of 0.975.

/// Sorts its argument, which is a copy of the samples.
double percentile_of(std::vector<double>& samples, double fraction) {
  if (samples.empty()) throw std::invalid_argument("a percentile needs at least one sample");
  if (!(fraction >= 0 && fraction <= 1)) {
    throw std::invalid_argument("a percentile needs a fraction from 0 to 1, got " +
                                std::to_string(fraction));
  }
  const double place = fraction * static_cast<double>(samples.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(samples.begin(), at, samples.end());
  const double part = place - static_cast<double>(below);
  if (part == 0) return *at;
  return *at + part * (*std::min_element(at + 1, samples.end()) - *at);
}

/// A number below `size`. The remainder's bias is below size / 2^64.
std::size_t draw(std::mt19937_64& random, std::size_t size) { return random() % size; }

}  // namespace

double percentile(std::span<const double> samples, double fraction) {
  std::vector<double> copy(samples.begin(), samples.end());
  return percentile_of(copy, fraction);
}

double median(std::span<const double> samples) { return percentile(samples, 0.5); }

Estimate bootstrap(std::size_t size, std::uint64_t seed, int resamples,
                   const std::function<double(std::span<const std::size_t>)>& statistic,
                   std::size_t block) {
  if (size == 0 || resamples < 1 || block < 1) {
    throw std::invalid_argument("a bootstrap needs at least one sample, resample and block");
  }
  std::vector<std::size_t> drawn(size);
  std::iota(drawn.begin(), drawn.end(), std::size_t{0});
  Estimate estimate;
  estimate.value = statistic(drawn);
  std::mt19937_64 random(seed);
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(resamples));
  for (int i = 0; i < resamples; ++i) {
    for (std::size_t at = 0; at < size; at += block) {
      const std::size_t first = draw(random, size);
      for (std::size_t k = at; k < std::min(at + block, size); ++k) {
        drawn[k] = (first + k - at) % size;
      }
    }
    values.push_back(statistic(drawn));
  }
  estimate.interval = {percentile_of(values, kLowest), percentile_of(values, kHighest)};
  return estimate;
}

namespace {

Estimate median_in_blocks(std::span<const double> samples, std::uint64_t seed, int resamples,
                          std::size_t block) {
  std::vector<double> drawn(samples.size());
  const auto median_of = [&](std::span<const std::size_t> indices) {
    for (std::size_t i = 0; i < indices.size(); ++i) drawn[i] = samples[indices[i]];
    return percentile_of(drawn, 0.5);
  };
  return bootstrap(samples.size(), seed, resamples, median_of, block);
}

}  // namespace

Estimate bootstrap_median(std::span<const double> samples, std::uint64_t seed, int resamples) {
  return median_in_blocks(samples, seed, resamples, 1);
}

Estimate bootstrap_ratio(std::span<const double> a, std::span<const double> b, std::uint64_t seed,
                         int resamples) {
  if (a.size() != b.size()) {
    throw std::invalid_argument("paired samples need equal sizes, got " + std::to_string(a.size()) +
                                " and " + std::to_string(b.size()));
  }
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(b[i] > 0)) throw std::invalid_argument("a ratio needs divisors above 0");
    ratios.push_back(a[i] / b[i]);
  }
  Estimate estimate = bootstrap_median(ratios, seed, resamples);
  const auto block = static_cast<std::size_t>(std::lround(std::cbrt(ratios.size())));
  const Interval blocks = median_in_blocks(ratios, seed, resamples, block).interval;
  estimate.interval.low = std::min(estimate.interval.low, blocks.low);
  estimate.interval.high = std::max(estimate.interval.high, blocks.high);
  return estimate;
}

Interval wilson(std::uint64_t successes, std::uint64_t tries) {
  if (tries == 0 || successes > tries) {
    throw std::invalid_argument("an interval needs tries, and no more successes than tries; got " +
                                std::to_string(successes) + " of " + std::to_string(tries));
  }
  const auto n = static_cast<double>(tries);
  const double p = static_cast<double>(successes) / n;
  const double z2 = kNormalQuantile * kNormalQuantile;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half =
      kNormalQuantile * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  // Rounding must not exclude the certain ends.
  return {successes == 0 ? 0 : std::max(0.0, middle - half),
          successes == tries ? 1 : std::min(1.0, middle + half)};
}

}  // namespace assay
