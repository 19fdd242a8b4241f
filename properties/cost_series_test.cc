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

TEST(CostSeries, AClockThatStandsStillIsNotAskedForMoreThanIsBearable) {
  CostSubject subject;
  subject.run = [](std::uint64_t n) {
    usleep(static_cast<useconds_t>(100 * n));
    return n;
  };
  subject.own_time = [] { return std::chrono::nanoseconds(0); };
  subject.floor_ns = 1;
  CostPlan plan;
  plan.rounds = plan.most_rounds = 1;
  const CostSeries series = measure({&subject, 1}, plan);
  EXPECT_TRUE(series.subjects[0].accepted().empty());
  EXPECT_NE(series.subjects[0].problem, "");
  // A quarter of a second at 100 us each, and the doubling that came too far.
  EXPECT_LE(series.subjects[0].operations, 5'000U);
}

/// `met(operations)`: whether a burst of another program's work takes the core for a while.
CostSubject interrupted(std::uint64_t iterations, const std::function<bool(std::uint64_t)>& met) {
  CostSubject subject = burning(iterations);
  subject.run = [iterations, met](std::uint64_t n) {
    // The time passes, and the process uses none of it.
    if (met(n)) usleep(3'000);
    return burn(n, iterations);
  };
  return subject;
}

TEST(CostSeries, BurstsOfOtherWorkAreNotPartOfAnOperation) {
  CostPlan plan;
  plan.rounds = plan.most_rounds = 60;
  std::uint64_t last = 0;
  int calls = 0;  // Of as many operations, one after the other: more than the warm-up makes.
  const auto most = [&](std::uint64_t n) {
    calls = n == last ? calls + 1 : 0;
    last = n;
    return calls > 8 && calls % 4 != 0;
  };
  // Most samples of the cheaper subject are met, and none of the other. With the bursts it would
  // cost more.
  const std::vector<CostSubject> subjects{interrupted(100, most), burning(400)};
  const CostSeries series = measure(subjects, plan);
  EXPECT_TRUE(series.subjects[0].by_cpu_time);
  const Pairs pairs = pairs_of(series.subjects[0], series.subjects[1]);
  EXPECT_LT(bootstrap_ratio(pairs.a, pairs.b, 1).interval.high, 1);
}

TEST(CostSeries, AnOperationThatWaitsIsNotCheap) {
  const std::vector<CostSubject> subjects{interrupted(100, [](std::uint64_t) { return true; }),
                                          burning(200)};
  const CostSeries series = measure(subjects, {});
  const CostSamples& waiting = series.subjects[0];
  EXPECT_FALSE(waiting.by_cpu_time);
  ASSERT_FALSE(waiting.accepted().empty());
  for (std::size_t i = 0; i < waiting.ns.size(); ++i) EXPECT_LT(waiting.least_ns[i], waiting.ns[i]);
}

TEST(CostSeries, TwoClocksBoundWhatOneOfThemCannotTell) {
  const double unknown = std::nan("");
  CostSamples busy;
  settle({{100, 900, 101}, {99, 98, 97}}, busy);
  EXPECT_TRUE(busy.by_cpu_time);
  EXPECT_EQ(busy.ns, (std::vector<double>{99, 98, 97}));
  CostSamples waiting;
  settle({{100, 900, 101}, {10, 20, 30}}, waiting);
  EXPECT_FALSE(waiting.by_cpu_time);
  EXPECT_EQ(waiting.ns, (std::vector<double>{100, 900, 101}));
  EXPECT_EQ(waiting.least_ns, (std::vector<double>{10, 20, 30}));
  CostSamples untold;
  settle({{100, 900}, {unknown, unknown}}, untold);
  EXPECT_EQ(untold.least_ns, untold.ns);
  CostSamples on_two_cores;
  settle({{100, 900}, {199, 1'800}}, on_two_cores);
  EXPECT_EQ(on_two_cores.ns, (std::vector<double>{100, 900}));
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
