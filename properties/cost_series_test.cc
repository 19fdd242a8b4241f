#include "properties/cost_series.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <stdexcept>

#include "properties/statistics.h"

namespace assay {
namespace {

std::uint64_t burn(std::uint64_t operations, std::uint64_t iterations) {
  volatile std::uint64_t sink = 0;
  for (std::uint64_t i = 0; i < operations * iterations; ++i) sink = i;
  (void)sink;
  return operations;
}

CostSubject burning(std::uint64_t iterations) {
  CostSubject subject;
  subject.name = "burning";
  subject.run = [iterations](std::uint64_t n) { return burn(n, iterations); };
  return subject;
}

TEST(CostSeries, AFourfoldCostIsSeenFourfold) {
  const std::vector<CostSubject> subjects{burning(400), burning(100)};
  const CostSeries series = measure(subjects, {});
  const Pairs pairs = pairs_of(series.subjects[0], series.subjects[1]);
  ASSERT_EQ(pairs.a.size(), 30U);
  const Estimate ratio = bootstrap_ratio(pairs.a, pairs.b, 1);
  EXPECT_GT(ratio.value, 3);
  EXPECT_LT(ratio.value, 5);
}

TEST(CostSeries, SetupIsNotPartOfAnOperation) {
  CostSubject subject = burning(100);
  subject.run = [](std::uint64_t n) {
    burn(1, 100'000);
    return burn(n, 100);
  };
  std::vector<CostSubject> subjects{subject, burning(100)};
  subjects[0].subtracts_setup = true;
  const CostSeries series = measure(subjects, {});
  const Pairs pairs = pairs_of(series.subjects[0], series.subjects[1]);
  ASSERT_FALSE(pairs.a.empty());
  const double ratio = bootstrap_ratio(pairs.a, pairs.b, 1).value;
  EXPECT_GT(ratio, 0.5);
  EXPECT_LT(ratio, 2);
}

TEST(CostSeries, ASubjectsOwnClockCountsInPlaceOfTheCallers) {
  std::uint64_t last = 0;
  CostSubject subject;
  subject.run = [&last](std::uint64_t n) { return last = n; };
  subject.own_time = [&last] { return std::chrono::nanoseconds(7 * last); };
  const CostSeries series = measure({&subject, 1}, {});
  const std::vector<double> ns = series.subjects[0].accepted();
  ASSERT_FALSE(ns.empty()) << series.subjects[0].problem;
  for (const double sample : ns) EXPECT_DOUBLE_EQ(sample, 7);
}

TEST(CostSeries, AHookThatCountsWronglyIsRejected) {
  CostSubject idle;
  idle.run = [](std::uint64_t) { return std::uint64_t{0}; };
  const std::vector<CostSubject> subjects{idle, burning(100)};
  const CostSeries series = measure(subjects, {});
  EXPECT_TRUE(series.subjects[0].accepted().empty());
  EXPECT_NE(series.subjects[0].problem.find("saw 0 operations where 1"), std::string::npos)
      << series.subjects[0].problem;
  EXPECT_EQ(series.subjects[1].accepted().size(), 30U);
}

TEST(CostSeries, ASampleBelowThePhysicalFloorIsRejected) {
  CostSubject claimed;
  claimed.run = [](std::uint64_t n) { return n; };
  claimed.floor_ns = 1;
  const CostSeries series = measure({&claimed, 1}, {});
  EXPECT_TRUE(series.subjects[0].accepted().empty());
  EXPECT_EQ(series.subjects[0].rejected, 30U);
  EXPECT_NE(series.subjects[0].problem.find("below the physical floor"), std::string::npos);
}

TEST(CostSeries, AHookThatThrowsIsLeftOutAndQuoted) {
  CostSubject failing;
  failing.run = [](std::uint64_t) -> std::uint64_t { throw std::runtime_error("no more units"); };
  const std::vector<CostSubject> subjects{failing, burning(100)};
  const CostSeries series = measure(subjects, {});
  EXPECT_EQ(series.subjects[0].problem, "it failed: no more units");
  EXPECT_EQ(series.subjects[1].accepted().size(), 30U);
}

TEST(CostSeries, AHookThatTakesItsHostWithItIsNamed) {
  CostSubject deadly;
  deadly.run = [](std::uint64_t) -> std::uint64_t { _exit(9); };
  const std::vector<CostSubject> subjects{burning(100), deadly};
  const CostSeries series = measure(subjects, {});
  EXPECT_EQ(series.subjects[0].problem, "");
  EXPECT_NE(series.subjects[1].problem.find("exited with 9"), std::string::npos)
      << series.subjects[1].problem;
}

TEST(CostSeries, RoundsInWhichTheDistanceMovedAreDiscarded) {
  const CostSubject subject = burning(100);
  CostPlan plan;
  int calls = 0;
  // Twice as far after every third round.
  plan.distance = [&calls] { return calls++ % 6 == 5 ? 200.0 : 100.0; };
  const CostSeries series = measure({&subject, 1}, plan);
  EXPECT_EQ(series.discarded, 10);
  EXPECT_EQ(series.subjects[0].ns.size(), 20U);
  EXPECT_EQ(series.distance.size(), 30U);
}

}  // namespace
}  // namespace assay
