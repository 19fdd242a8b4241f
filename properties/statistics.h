/// Statistics of samples: medians, percentiles, and intervals of 95 % confidence.
///
/// Every random choice comes from a seed, by std::mt19937_64 without the library's distributions:
/// the same samples and seed give the same interval on every machine. Functions throw
/// std::invalid_argument when there is nothing to compute from. No function changes its arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace assay {

/// From `low` to `high`, both included.
struct Interval {
  double low = 0;
  double high = 0;

  [[nodiscard]] bool contains(double value) const { return low <= value && value <= high; }
};

/// An estimate and the interval of 95 % confidence around it.
struct Estimate {
  double value = 0;
  Interval interval;
};

/// How often a bootstrap draws.
inline constexpr int kResamples = 2'000;

/// The middle sample, or the mean of the two middle ones.
double median(std::span<const double> samples);

/// The sample below which `fraction` of them lie, interpolated between neighbours; 0 gives the
/// smallest and 1 the largest. `fraction` is from 0 to 1.
double percentile(std::span<const double> samples, double fraction);

/// The median of the samples with its percentile bootstrap interval.
Estimate bootstrap_median(std::span<const double> samples, std::uint64_t seed,
                          int resamples = kResamples);

/// The median of the ratios a[i] / b[i] of paired samples, with its percentile bootstrap interval:
/// pairs are drawn, not samples, so that a disturbance that met both of a pair cancels. The pairs
/// are in the order in which they were taken. A disturbance that lasts makes neighbours alike, and
/// then there are fewer independent pairs than pairs: so blocks of neighbours are drawn as well,
/// and the interval holds what both ways give. `a` and `b` have the same size, and every b[i] is
/// above 0. Source of the blocks: Kuensch, "The jackknife and the bootstrap for general stationary
/// observations", Annals of Statistics 17 (1989); here they wrap around.
Estimate bootstrap_ratio(std::span<const double> a, std::span<const double> b, std::uint64_t seed,
                         int resamples = kResamples);

/// Any statistic of `size` things that are drawn again with replacement. `statistic` is given the
/// indices drawn, of which there are `size`; the estimate is that of the indices 0 to size - 1.
/// Neighbours are drawn `block` at a time.
Estimate bootstrap(std::size_t size, std::uint64_t seed, int resamples,
                   const std::function<double(std::span<const std::size_t>)>& statistic,
                   std::size_t block = 1);

/// The Wilson score interval of a probability, 95 %, after `successes` in `tries`. Source: Wilson,
/// "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
Interval wilson(std::uint64_t successes, std::uint64_t tries);

}  // namespace assay
