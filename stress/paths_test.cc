#include "stress/paths.h"

#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "stress/contention.h"
#include "stress/skynet.h"
#include "stress/use_cases/wrong_runtimes.h"

namespace assay {
namespace {

class Paths : public testing::TestWithParam<BodyRuntime*> {};

INSTANTIATE_TEST_SUITE_P(All, Paths, testing::Values(&fork_runtime(), &std_thread(), &coroutine()),
                         [](const auto& info) { return info.param->info().name; });

TEST_P(Paths, DoWhatTheyAreAskedFor) {
  for (int i = 0; i < kPaths; ++i) {
    const auto path = static_cast<Path>(i);
    for (const std::size_t units : {fewest_units(path), std::size_t{10}}) {
      const PathRun run = run_path(path, *GetParam(), units);
      EXPECT_EQ(run.wrong, "") << to_string(path) << " with " << units << " units";
      EXPECT_EQ(run.unsupported, "");
      EXPECT_GT(run.operations, 0U);
      EXPECT_GT(run.wall_ns, 0);
      EXPECT_LE(run.p50_ns, run.p99_ns);
    }
  }
}

TEST_P(Paths, ThatHaveLatenciesMeasureThem) {
  EXPECT_GT(run_path(Path::kWakeUp, *GetParam(), 3).p50_ns, 0U);
  EXPECT_GT(run_path(Path::kTimers, *GetParam(), 3).p50_ns, 0U);
  EXPECT_EQ(run_path(Path::kSwitch, *GetParam(), 3).p50_ns, 0U);
}

TEST(Paths, AForgottenUnitMakesThoseWrongThatDoNotWaitForIt) {
  ForgetfulThreads runtime;
  for (const Path path : {Path::kCreateJoin, Path::kSwitch, Path::kLockUncontended,
                          Path::kLockContended, Path::kTimers}) {
    const PathRun run = run_path(path, runtime, 5);
    EXPECT_NE(run.wrong.find("operations, found"), std::string::npos)
        << to_string(path) << ": " << run.wrong;
  }
}

TEST(Skynet, IsRightByHandAndByBodies) {
  EXPECT_EQ(nodes_of_tree(1'000), 1'111U);
  for (const std::size_t leaves : {1U, 10U, 1'000U}) {
    EXPECT_EQ(skynet_by_hand(leaves, Kept::kNothing), leaves);
    EXPECT_EQ(skynet_by_hand(leaves, Kept::kEnds), leaves);
    EXPECT_EQ(skynet_by_bodies(leaves), leaves);
  }
}

TEST(SharedCounter, CountsEveryAdditionOfEveryKindEverywhere) {
  for (int counter = 0; counter < kCounters; ++counter) {
    for (int affinity = 0; affinity < kAffinities; ++affinity) {
      const CounterRun run =
          count_together(static_cast<Counter>(counter), static_cast<Affinity>(affinity), 3);
      EXPECT_EQ(run.wrong, "") << to_string(static_cast<Counter>(counter));
      EXPECT_GT(run.seconds, 0);
    }
  }
}

}  // namespace
}  // namespace assay
