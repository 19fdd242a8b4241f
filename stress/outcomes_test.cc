// `sample` counts what happened and nothing else, whatever becomes of the units.
#include "stress/outcomes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <set>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "scenarios/scenario.h"

namespace assay {
namespace {

/// Unit 1 waits for what nobody does.
template <typename Env>
struct Forgotten {
  Shared<Env, int> x{"x"};
  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 1) co_await x.until_equal(unit, 1);
  }
  void finish(Outcome& outcome) { outcome.record(x.value()); }
};

template <typename Env>
struct Aborting {
  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() == 1) std::abort();
    co_await unit.yield();
  }
  void finish(Outcome&) {}
};

/// The others are started by unit 0, which adds up what they wrote.
template <typename Env>
struct Spawned {
  SharedArray<Env, int, 4> x{"x"};
  Body<Env> body(UnitOf<Env> unit) {
    if (unit.index() != 0) {
      co_await x[unit.index()].write(1);
      co_return;
    }
    for (std::size_t i = 1; i < unit.count(); ++i) co_await unit.spawn(i);
    int sum = 0;
    for (std::size_t i = 1; i < unit.count(); ++i) {
      co_await unit.join(i);
      sum += co_await x[i].read();
    }
    unit.require(sum + 1 == static_cast<int>(unit.count()), "who was joined has written");
    co_await x[0].write(sum);
  }
  void finish(Outcome& outcome) { outcome.record(x[0].value()); }
};

/// Each instance has an outcome of its own.
template <typename Env>
struct Various {
  Shared<Env, std::int64_t> x{"x"};
  Body<Env> body(UnitOf<Env>) { co_await x.store(reinterpret_cast<std::int64_t>(this)); }
  void finish(Outcome& outcome) { outcome.record(x.value()); }
};

const ScenarioRegistration kForgotten =
    scenario<Forgotten>({.name = "test_forgotten", .title = "a wait for nothing"});
const ScenarioRegistration kAborting =
    scenario<Aborting>({.name = "test_aborting", .title = "unit 1 aborts"});
const ScenarioRegistration kSpawned =
    scenario<Spawned>({.name = "test_spawned", .title = "a sum", .units = 3, .spawned = true});
const ScenarioRegistration kVarious =
    scenario<Various>({.name = "test_various", .title = "addresses"});

constexpr std::chrono::milliseconds kShort(60);

SampleOptions on(BodyRuntime& runtime) {
  SampleOptions options;
  options.runtime = &runtime;
  options.duration = kShort;
  return options;
}

Histogram sampled(const char* name, const SampleOptions& options) {
  return sample(*find_scenario(name), options);
}

std::uint64_t sum(const std::vector<Seen>& seen) {
  return std::accumulate(seen.begin(), seen.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Seen& one) { return sum + one.count; });
}

TEST(Outcomes, EverySampleIsCountedOnceBySettingAndInAll) {
  for (BodyRuntime* runtime : {&std_thread(), &fork_runtime(), &coroutine()}) {
    const Histogram histogram = sampled("store_buffering", on(*runtime));
    EXPECT_EQ(histogram.failure, "") << runtime->info().name;
    EXPECT_GT(histogram.samples, 0u) << runtime->info().name;
    EXPECT_EQ(sum(histogram.seen), histogram.samples) << runtime->info().name;
    std::uint64_t by_setting = 0;
    for (const SettingCounts& counts : histogram.settings) {
      EXPECT_EQ(sum(counts.seen), counts.samples);
      EXPECT_EQ(counts.samples % counts.setting.batch, 0u);
      by_setting += counts.samples;
    }
    EXPECT_EQ(by_setting, histogram.samples) << runtime->info().name;
  }
}

// An update is lost only where two read at once: twins lose none, on whatever runs them.
TEST(Outcomes, TwinsKeepWhatTheyRequire) {
  for (const char* name : {"lost_update_fixed", "ticket_lock_fixed", "bounded_buffer_if_fixed",
                           "treiber_stack_fixed"}) {
    for (BodyRuntime* runtime : {&std_thread(), &fork_runtime(), &coroutine()}) {
      const Histogram histogram = sampled(name, on(*runtime));
      EXPECT_EQ(histogram.failure, "") << name << " on " << runtime->info().name;
      EXPECT_EQ(histogram.broken(), 0u) << name << " on " << runtime->info().name;
      EXPECT_EQ(histogram.stuck, 0u) << name << " on " << runtime->info().name;
    }
  }
}

TEST(Outcomes, CoroutinesNeverShowAStoreThatWaits) {
  SampleOptions options = on(coroutine());
  options.least_batches = 100;  // In one of them the same unit may be ahead all the time.
  const Histogram histogram = sampled("store_buffering", options);
  EXPECT_EQ(histogram.count("0,0"), 0u);
  EXPECT_EQ(histogram.count("1,1"), 0u) << "a unit gave way inside of its body";
  // Which one is ahead is drawn for each batch.
  for (const char* outcome : {"0,1", "1,0"}) {
    EXPECT_GT(histogram.count(outcome), histogram.samples / 10)
        << outcome << " in " << histogram.samples << " samples: one unit came first nearly always";
  }
}

TEST(Outcomes, InPrivateMemoryEachSeesItsOwnWritesOnly) {
  SampleOptions options = on(fork_runtime());
  options.private_memory = true;
  const Histogram histogram = sampled("store_buffering", options);
  EXPECT_EQ(histogram.failure, "");
  EXPECT_GT(histogram.samples, 0u);
  EXPECT_EQ(histogram.count("0,0"), histogram.samples);
  const Histogram updates = sampled("lost_update_fixed", options);
  EXPECT_EQ(updates.count("1"), updates.samples) << "each counts to one for itself";
}

TEST(Outcomes, ThreadsHaveNoPrivateMemory) {
  SampleOptions options = on(std_thread());
  options.private_memory = true;
  EXPECT_THROW(sampled("store_buffering", options), std::invalid_argument);
}

TEST(Outcomes, WhatAUnitAloneSeesIsKnown) {
  const std::vector<Seen> alone = outcomes_alone(*find_scenario("lost_update"), 2);
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_EQ(alone[0].numbers, "1");
  EXPECT_TRUE(outcomes_alone(*find_scenario("test_forgotten"), 2).empty());
}

TEST(Outcomes, UnitsThatHangAreRemovedAndCounted) {
  for (BodyRuntime* runtime : {&std_thread(), &fork_runtime(), &coroutine()}) {
    SampleOptions options = on(*runtime);
    options.stuck_after = std::chrono::milliseconds(200);
    const Histogram histogram = sampled("test_forgotten", options);
    EXPECT_GE(histogram.stuck, 1u) << runtime->info().name << ": " << histogram.failure;
    EXPECT_EQ(histogram.samples, 0u) << runtime->info().name;
  }
}

TEST(Outcomes, AUnitThatCrashesIsToldWithItsSignal) {
  for (BodyRuntime* runtime : {&std_thread(), &fork_runtime()}) {
    const Histogram histogram = sampled("test_aborting", on(*runtime));
    EXPECT_NE(histogram.failure.find("SIGABRT"), std::string::npos)
        << runtime->info().name << ": " << histogram.failure;
  }
}

TEST(Outcomes, SpawnedUnitsStartWhenTheyAreSpawnedAndAreJoined) {
  for (BodyRuntime* runtime : {&std_thread(), &fork_runtime(), &coroutine()}) {
    SampleOptions options = on(*runtime);
    options.batches = {64};
    const Histogram histogram = sampled("test_spawned", options);
    EXPECT_EQ(histogram.failure, "") << runtime->info().name;
    EXPECT_EQ(histogram.broken(), 0u) << runtime->info().name;
    EXPECT_EQ(histogram.count("2"), histogram.samples) << runtime->info().name;
  }
}

TEST(Outcomes, MoreDifferentOnesThanAreKeptAreCountedTogether) {
  SampleOptions options = on(std_thread());
  options.batches = {4096};
  options.strides = {1};
  options.placements = {Placement::kAny};
  const Histogram histogram = sampled("test_various", options);
  EXPECT_GT(histogram.others, 0u);
  EXPECT_LE(histogram.seen.size(), OutcomeTally::kMost);
  EXPECT_EQ(sum(histogram.seen) + histogram.others, histogram.samples);
}

TEST(Outcomes, FreshUnitsAreSampledOneByOne) {
  SampleOptions options = on(std_thread());
  options.rendezvous = false;
  const Histogram histogram = sampled("store_buffering", options);
  EXPECT_EQ(histogram.failure, "");
  EXPECT_GT(histogram.samples, 0u);
  EXPECT_EQ(sum(histogram.seen), histogram.samples);
}

}  // namespace
}  // namespace assay
