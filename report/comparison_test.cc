#include "report/comparison.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

namespace assay {
namespace {

/// Samples around `level`, up to a tenth above it, with a few far above, as on a busy machine.
std::vector<double> noisy(double level, std::size_t count, std::mt19937_64& random) {
  std::vector<double> samples;
  for (std::size_t i = 0; i < count; ++i) {
    const double jitter = static_cast<double>(random() % 1'000) / 10'000;
    samples.push_back(level * (1 + jitter) * (random() % 20 == 0 ? 3 : 1));
  }
  return samples;
}

Measured measured(const std::string& name, std::vector<double> samples) {
  return {name, std::move(samples), std::nullopt, false};
}

Change change(const Measured& before, const Measured& after) {
  const std::vector<ComparedRow> rows = compare({before}, {after}, {});
  return rows.size() == 1 ? rows[0].change : Change::kUntold;
}

TEST(Comparison, TellsASlowdownFromNoise) {
  std::mt19937_64 random(1);
  const Measured before = measured("x", noisy(100, 20, random));
  EXPECT_EQ(change(before, measured("x", noisy(100, 20, random))), Change::kSame);
  EXPECT_EQ(change(before, measured("x", noisy(130, 20, random))), Change::kSlower);
  EXPECT_EQ(change(before, measured("x", noisy(70, 20, random))), Change::kFaster);
  EXPECT_EQ(change(before, measured("x", noisy(106, 20, random))), Change::kNoise);
}

TEST(Comparison, GivesTheRatioWithAnIntervalThatHoldsIt) {
  std::mt19937_64 random(2);
  const auto rows =
      compare({measured("x", noisy(100, 30, random))}, {measured("x", noisy(150, 30, random))}, {});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].slowdown.interval.contains(1.5)) << rows[0].slowdown.value;
  EXPECT_LT(rows[0].slowdown.interval.high - rows[0].slowdown.interval.low, 0.2);
}

TEST(Comparison, RowsThatDoNotDifferAreSeldomCalledSlowerHoweverManyThereAre) {
  std::mt19937_64 random(3);
  int wrong_documents = 0;
  constexpr int kDocuments = 60;
  for (int document = 0; document < kDocuments; ++document) {
    std::vector<Measured> before;
    std::vector<Measured> after;
    for (int row = 0; row < 20; ++row) {
      before.push_back(measured(std::to_string(row), noisy(100, 10, random)));
      after.push_back(measured(std::to_string(row), noisy(100, 10, random)));
    }
    bool wrong = false;
    for (const ComparedRow& row : compare(before, after, {0, 1})) {
      wrong |= row.change == Change::kSlower || row.change == Change::kFaster;
    }
    wrong_documents += wrong ? 1 : 0;
  }
  EXPECT_LE(wrong_documents, kDocuments / 10);
}

TEST(Comparison, FewSamplesTellNothing) {
  const auto rows = compare({measured("x", {1, 1, 1})}, {measured("x", {9, 9, 9})}, {});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].change, Change::kUntold);
  EXPECT_NE(rows[0].why.find("3 samples"), std::string::npos) << rows[0].why;
}

TEST(Comparison, MoreMayBeBetter) {
  std::mt19937_64 random(4);
  Measured before = measured("echoes_per_s", noisy(100, 20, random));
  Measured after = measured("echoes_per_s", noisy(50, 20, random));
  before.more_is_better = after.more_is_better = true;
  EXPECT_EQ(change(before, after), Change::kSlower);
  EXPECT_EQ(change(after, before), Change::kFaster);
}

TEST(Comparison, EstimatesAreComparedByTheirIntervals) {
  const Measured narrow{"ratio", {}, Estimate{2, {1.9, 2.1}}, false};
  const Measured higher{"ratio", {}, Estimate{3, {2.9, 3.1}}, false};
  const Measured wide{"ratio", {}, Estimate{3, {1.5, 5}}, false};
  EXPECT_EQ(change(narrow, higher), Change::kSlower);
  EXPECT_EQ(change(narrow, wide), Change::kNoise);
}

TEST(Comparison, ReadsRepetitionsOfGoogleBenchmark) {
  const auto all = measured_in(R"({"context": {}, "benchmarks": [
    {"name": "a/1", "run_name": "a/1", "run_type": "iteration", "cpu_time": 7, "real_time": 9},
    {"name": "a/1", "run_name": "a/1", "run_type": "iteration", "cpu_time": 8, "real_time": 9,
     "items_per_second": 100},
    {"name": "a/1_mean", "run_name": "a/1", "run_type": "aggregate", "cpu_time": 7.5},
    {"name": "b/manual_time", "run_type": "iteration", "cpu_time": 1, "real_time": 5},
    {"name": "c", "run_type": "iteration", "error_occurred": true, "error_message": "wrong"}]})");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].name, "a/1");
  EXPECT_EQ(all[0].samples, (std::vector<double>{7, 8}));
  EXPECT_TRUE(all[1].more_is_better);
  EXPECT_EQ(all[2].samples, (std::vector<double>{5}));
}

TEST(Comparison, ReadsResultsOfAssay) {
  const auto all = measured_in(R"({"schema": "assay-results", "results": [
    {"runtime": "fork", "claim": {"trait": "switch_cost"}, "observation": {"evidence":
     {"samples_ns": [1, 2], "seed": 3, "form": "x", "vs_a_ratio": 2, "vs_a_ratio_low": 1,
      "vs_a_ratio_high": 3, "ladder_bytes": [4, 5]}}}]})");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "fork/switch_cost/samples_ns");
  ASSERT_TRUE(all[1].estimate.has_value());
  EXPECT_EQ(all[1].estimate->interval.high, 3);
}

TEST(Comparison, OtherFilesAreRefusedWithWhatIsExpected) {
  for (const char* text : {"", "[]", "{}", "{\"schema\": \"other\"}"}) {
    EXPECT_THROW(measured_in(text), std::invalid_argument) << text;
  }
  EXPECT_THROW(measured_in(R"({"schema": "assay-results", "results": [{}]})"),
               std::invalid_argument);
}

}  // namespace
}  // namespace assay
