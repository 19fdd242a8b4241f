#include "cli/certainty.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cli/quantities.h"

namespace assay {
namespace {

TEST(Certainty, RunsAreTheFewestThatReachIt) {
  for (const double frequency : {0.9, 0.5, 0.01, 1e-6}) {
    for (const double confidence : {0.5, 0.75, 0.95, 0.999}) {
      const double runs = runs_to_see(frequency, confidence);
      const auto chance = [&](double n) { return -std::expm1(n * std::log1p(-frequency)); };
      EXPECT_GE(chance(runs), confidence * (1 - 1e-9)) << frequency << " " << confidence;
      if (runs > 1) {
        EXPECT_LT(chance(runs - 1), confidence) << frequency << " " << confidence;
      }
    }
  }
}

TEST(Certainty, KnownCounts) {
  EXPECT_EQ(runs_to_see(0.5, 0.75), 2);
  EXPECT_EQ(runs_to_see(0.001, 0.95), 2995);
  EXPECT_EQ(runs_to_see(1, 0.999), 1);
  // What no double holds beside 1.
  EXPECT_NEAR(runs_to_see(1e-18, 0.95) * 1e-18, 2.9957, 1e-4);
}

TEST(Certainty, SilentRunsExcludeWhatTheyWouldHaveShown) {
  const double runs = runs_to_see(0.001, 0.95);
  EXPECT_LE(excluded_by(runs, 0.95), 0.001);
  EXPECT_GT(excluded_by(runs - 1, 0.95), 0.001);
}

TEST(Certainty, FractionsAsPeopleTypeThem) {
  EXPECT_DOUBLE_EQ(parse_fraction("--frequency", "1/300"), 1.0 / 300);
  EXPECT_DOUBLE_EQ(parse_fraction("--frequency", "0.1%"), 0.001);
  EXPECT_DOUBLE_EQ(parse_fraction("--frequency", "1e-6"), 1e-6);
  for (const char* wrong :
       {"", "0", "-1", "2", "1/0", "1/", "x", "5%%", "nan", "inf", "0/5", "101%"}) {
    EXPECT_THROW(parse_fraction("--frequency", wrong), UsageError) << wrong;
  }
}

}  // namespace
}  // namespace assay
