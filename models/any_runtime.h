/// Tests that hold for every runtime that runs C++ bodies. A test program instantiates them once:
///
///     INSTANTIATE_TEST_SUITE_P(All, AnyRuntime, testing::Values(&my_runtime()), name_of_runtime);
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "models/runtime.h"

namespace assay {

struct AnyRuntime : testing::TestWithParam<BodyRuntime*> {
  static BodyRuntime& runtime() { return *GetParam(); }
};

inline std::string name_of_runtime(const testing::TestParamInfo<BodyRuntime*>& info) {
  return info.param->info().name;
}

TEST_P(AnyRuntime, RunsAMessageThroughAChannel) {
  Program program;
  program.channels = 2;
  program.units = {{send(0, 41), receive(1)}, {receive(0), send(1, 42, 200'000)}};
  const Trace trace = runtime().run(program);
  ASSERT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
  EXPECT_EQ(trace.units[1].at(0)->value, 41);
  EXPECT_EQ(trace.units[0].at(1)->value, 42);
  EXPECT_EQ(trace.units[0].at(1)->aux, 200'000U);
}

TEST_P(AnyRuntime, EveryStepLeavesAnEvent) {
  Program program;
  program.locks = 1;
  program.units.assign(
      3, {lock(0), add(Region::kSharedMapping, 0, 10), unlock(0), yield(3), spin(100), sleep(1000),
          read(Region::kHeap, 1), record(Identity::kProcess), recurse(10, 5, 2),
          check_registers(1, 2), add_across(Region::kHeap, 3, 2)});
  const Trace trace = runtime().run(program);
  ASSERT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
  for (const UnitTrace& unit : trace.units) EXPECT_EQ(unit.events.size(), program.units[0].size());
  EXPECT_GT(trace.wall_ns, 0);
}

TEST_P(AnyRuntime, AnAbortIsAResult) {
  Program program;
  program.units = {{fault(Fault::kAbort)}, {yield()}};
  const Trace trace = runtime().run(program);
  EXPECT_FALSE(trace.completed());
  EXPECT_FALSE(trace.units[0].end.ok()) << trace.failure();
}

TEST_P(AnyRuntime, ReportsComeOutOfEveryUnit) {
  Bodies bodies;
  bodies.count = 5;
  bodies.reports = 10;
  bodies.task = [](Unit& unit) -> Task {
    unit.report(unit.index());
    co_await unit.yield();
    unit.report(unit.index() + 100);
  };
  const BodyResult result = runtime().run_hosted(bodies);
  ASSERT_TRUE(result.completed()) << result.failure() << "\n" << result.output;
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(result.reports[i], (std::vector<std::uint64_t>{i, i + 100}));
  }
}

}  // namespace assay
