#include "properties/quantity.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Quantity, DurationsHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(duration_text(0.25), "0.250 ns");
  EXPECT_EQ(duration_text(3.14159), "3.14 ns");
  EXPECT_EQ(duration_text(999.4), "999 ns");
  EXPECT_EQ(duration_text(999.9), "1.00 us");
  EXPECT_EQ(duration_text(175'000), "175 us");
  EXPECT_EQ(duration_text(12.5e6), "12.5 ms");
  EXPECT_EQ(duration_text(7.2e12), "7200 s");
}

TEST(Quantity, BytesRatiosAndCounts) {
  EXPECT_EQ(bytes_text(96.4), "96 B");
  EXPECT_EQ(bytes_text(-12), "-12 B");
  EXPECT_EQ(bytes_text(131.0 * 1024), "131 KiB");
  EXPECT_EQ(bytes_text(1.25 * 1024 * 1024), "1.25 MiB");
  EXPECT_EQ(ratio_text(0.0312), "0.031x");
  EXPECT_EQ(ratio_text(1.624), "1.62x");
  EXPECT_EQ(ratio_text(340.2), "340x");
  EXPECT_EQ(ratio_text(38'208), "38,200x");
  EXPECT_EQ(count_text(7), "7");
  EXPECT_EQ(count_text(1'000'000), "1,000,000");
}

}  // namespace
}  // namespace assay
