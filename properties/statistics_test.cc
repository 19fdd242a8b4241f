#include "properties/statistics.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <vector>

namespace assay {
namespace {

using Samples = std::vector<double>;

TEST(Statistics, MedianIsTheMiddleOrTheMeanOfTheTwoMiddleSamples) {
  EXPECT_DOUBLE_EQ(median(Samples{5, 1, 9}), 5);
  EXPECT_DOUBLE_EQ(median(Samples{4, 1, 9, 6}), 5);
  EXPECT_DOUBLE_EQ(median(Samples{7}), 7);
}

TEST(Statistics, PercentileInterpolatesBetweenNeighbours) {
  const Samples samples{50, 10, 40, 20, 30};
  EXPECT_DOUBLE_EQ(percentile(samples, 0), 10);
  EXPECT_DOUBLE_EQ(percentile(samples, 0.25), 20);
  EXPECT_DOUBLE_EQ(percentile(samples, 0.9), 46);
  EXPECT_DOUBLE_EQ(percentile(samples, 1), 50);
}

TEST(Statistics, NothingToComputeFromIsAnError) {
  EXPECT_THROW(median(Samples{}), std::invalid_argument);
  EXPECT_THROW(percentile(Samples{1}, 1.5), std::invalid_argument);
  EXPECT_THROW(bootstrap_median(Samples{}, 1), std::invalid_argument);
  EXPECT_THROW(bootstrap_ratio(Samples{1, 2}, Samples{1}, 1), std::invalid_argument);
  EXPECT_THROW(bootstrap_ratio(Samples{1}, Samples{0}, 1), std::invalid_argument);
  EXPECT_THROW(wilson(0, 0), std::invalid_argument);
  EXPECT_THROW(wilson(3, 2), std::invalid_argument);
}

TEST(Statistics, EqualRatiosHaveAnIntervalOfNoWidth) {
  const Estimate ratio = bootstrap_ratio(Samples{2, 4, 6}, Samples{1, 2, 3}, 1);
  EXPECT_DOUBLE_EQ(ratio.value, 2);
  EXPECT_DOUBLE_EQ(ratio.interval.low, 2);
  EXPECT_DOUBLE_EQ(ratio.interval.high, 2);
}

/// A machine that is slowed ten times now and then, during a whole pair.
struct Pairs {
  Samples a;
  Samples b;
  Pairs(std::uint64_t seed, double ratio) {
    std::mt19937_64 random(seed);
    const auto noise = [&] { return 1 + static_cast<double>(random() % 1'000) / 5'000; };
    for (int i = 0; i < 60; ++i) {
      const double slow = random() % 5 == 0 ? 10 : 1;
      a.push_back(ratio * slow * noise());
      b.push_back(slow * noise());
    }
  }
};

TEST(Statistics, RatioIntervalSeparatesADifferenceAndNotEquals) {
  const Pairs different(7, 1.5);
  const Estimate ratio = bootstrap_ratio(different.a, different.b, 1);
  EXPECT_GT(ratio.interval.low, 1.3);
  EXPECT_LT(ratio.interval.high, 1.7);
  EXPECT_TRUE(ratio.interval.contains(ratio.value));
}

TEST(Statistics, RatioIntervalHoldsTheTruthAbout95TimesIn100) {
  int held = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Pairs equal(seed, 1);
    held += bootstrap_ratio(equal.a, equal.b, seed, 400).interval.contains(1) ? 1 : 0;
  }
  // Seeded, so the count is the same everywhere.
  EXPECT_GE(held, 180);
  EXPECT_LT(held, 200);
}

/// Pairs of equal cost, in which a disturbance of one side lasts for several pairs.
Pairs with_lasting_disturbances(std::uint64_t seed) {
  Pairs pairs(seed, 1);
  std::mt19937_64 random(seed);
  double lasting = 0;
  for (double& a : pairs.a) {
    // An autoregressive series: half of the last, and as much again of its own.
    lasting = 0.6 * lasting + (static_cast<double>(random() % 2'001) / 1'000 - 1) * 0.3;
    a *= 1 + lasting;
  }
  return pairs;
}

TEST(Statistics, DisturbancesThatLastMakeTheRatioIntervalWider) {
  int held = 0;
  int held_by_independent_pairs = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Pairs equal = with_lasting_disturbances(seed);
    std::vector<double> ratios;
    for (std::size_t i = 0; i < equal.a.size(); ++i) ratios.push_back(equal.a[i] / equal.b[i]);
    held += bootstrap_ratio(equal.a, equal.b, seed, 400).interval.contains(1) ? 1 : 0;
    held_by_independent_pairs += bootstrap_median(ratios, seed, 400).interval.contains(1) ? 1 : 0;
  }
  EXPECT_GE(held, 165) << "independent pairs: " << held_by_independent_pairs;
  EXPECT_LT(held_by_independent_pairs, 160) << "the disturbances do not last";
}

TEST(Statistics, TheSameSeedGivesTheSameInterval) {
  const Pairs pairs(3, 1.1);
  const Estimate first = bootstrap_ratio(pairs.a, pairs.b, 42);
  const Estimate again = bootstrap_ratio(pairs.a, pairs.b, 42);
  const Estimate other = bootstrap_ratio(pairs.a, pairs.b, 43);
  EXPECT_EQ(first.interval.low, again.interval.low);
  EXPECT_EQ(first.interval.high, again.interval.high);
  EXPECT_EQ(first.value, other.value);
  EXPECT_TRUE(first.interval.low != other.interval.low ||
              first.interval.high != other.interval.high);
}

TEST(Statistics, WilsonIntervalHasKnownValues) {
  const Interval half = wilson(50, 100);
  EXPECT_NEAR(half.low, 0.40383, 1e-5);
  EXPECT_NEAR(half.high, 0.59617, 1e-5);
  const Interval none = wilson(0, 10);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.27753, 1e-5);
  const Interval all = wilson(10, 10);
  EXPECT_NEAR(all.low, 0.72247, 1e-5);
  EXPECT_EQ(all.high, 1);
}

}  // namespace
}  // namespace assay
