#include "stress/latencies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace assay {
namespace {

TEST(Latencies, AnEmptyOneHasNoPercentile) {
  const auto latencies = std::make_unique<Latencies>();
  EXPECT_EQ(latencies->count(), 0U);
  EXPECT_EQ(latencies->percentile(0.5), 0U);
}

TEST(Latencies, SmallNumbersAreExact) {
  const auto latencies = std::make_unique<Latencies>();
  for (std::uint64_t ns = 0; ns < 64; ++ns) latencies->record(ns);
  EXPECT_EQ(latencies->percentile(0), 0U);
  EXPECT_EQ(latencies->percentile(1), 63U);
  EXPECT_EQ(latencies->percentile(0.5), 31U);
}

TEST(Latencies, PercentilesAreOffByLessThanASixtyFourth) {
  std::mt19937_64 random(1);
  const auto latencies = std::make_unique<Latencies>();
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t ns = random() >> (12 + random() % 50);
    all.push_back(ns);
    latencies->record(ns);
  }
  std::sort(all.begin(), all.end());
  for (const double fraction : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto exact = static_cast<double>(
        all[static_cast<std::size_t>(fraction * static_cast<double>(all.size() - 1))]);
    const auto found = static_cast<double>(latencies->percentile(fraction));
    EXPECT_GE(found, exact) << fraction;
    EXPECT_LE(found, exact * (1 + 1.0 / 64) + 1) << fraction;
  }
}

TEST(Latencies, WhatIsLongerThanEverythingIsCountedLast) {
  const auto latencies = std::make_unique<Latencies>();
  latencies->record(~std::uint64_t{0});
  EXPECT_EQ(latencies->count(), 1U);
  EXPECT_GT(latencies->percentile(0.5), std::uint64_t{1} << 52);
}

}  // namespace
}  // namespace assay
