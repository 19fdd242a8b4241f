#include "models/runtime.h"

#include <gtest/gtest.h>

#include "models/any_runtime.h"
#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

struct ReferenceRuntime : AnyRuntime {};

INSTANTIATE_TEST_SUITE_P(All, ReferenceRuntime,
                         testing::Values(&fork_runtime(), &std_thread(), &coroutine()),
                         name_of_runtime);
INSTANTIATE_TEST_SUITE_P(References, AnyRuntime,
                         testing::Values(&fork_runtime(), &std_thread(), &coroutine()),
                         name_of_runtime);

TEST_P(ReferenceRuntime, AHangIsGivenUpAndNamed) {
  Program program;
  program.bound_ns = 300'000'000;
  program.units = {{fault(Fault::kDeadlock)}, {yield()}};
  const Trace trace = runtime().run(program);
  EXPECT_EQ(trace.units[0].end.kind, EndKind::kGaveUp) << trace.failure();
}

TEST_P(ReferenceRuntime, MessagesOfFewBytesCarrySmallValues) {
  Program program;
  program.channels = 1;
  program.units = {{send(0, 0, 0), send(0, 200, 1), send(0, 70'000, 3)},
                   {receive(0), receive(0), receive(0)}};
  const Trace trace = runtime().run(program);
  ASSERT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
  const auto& events = trace.units[1].events;
  EXPECT_EQ(events[0].value, 0);
  EXPECT_EQ(events[0].aux, 0U);
  EXPECT_EQ(events[1].value, 200);
  EXPECT_EQ(events[2].value, 70'000);
  EXPECT_EQ(events[2].aux, 3U);
  program.units = {{send(0, 256, 1)}, {receive(0)}};
  EXPECT_THROW(runtime().run(program), std::invalid_argument);
}

TEST_P(ReferenceRuntime, AnAwaitedUnitHasEndedWhateverItsEnd) {
  Program program;
  program.units = {{yield(20), write(Region::kSharedMapping, 0, 7)},
                   {await_end(0), read(Region::kSharedMapping, 0)}};
  const Trace trace = runtime().run(program);
  ASSERT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
  EXPECT_EQ(trace.units[1].at(1)->value, 7);
}

/// Ten programs that each write to every region and read what they find there.
std::vector<Program> programs_that_would_meet() {
  std::vector<Program> programs(10);
  for (Program& program : programs) {
    program.one_core = &program == &programs[3];
    program.units.resize(2);
    for (int region = 0; region < kRegions; ++region) {
      const auto of = static_cast<Region>(region);
      program.units[0].insert(program.units[0].end(), {read(of, 5), write(of, 5, 9)});
    }
    program.units[1] = {record(Identity::kProcess), record(Identity::kCpu)};
  }
  return programs;
}

TEST_P(ReferenceRuntime, ProgramsOfOneHostSeeNothingOfEachOther) {
  const auto programs = programs_that_would_meet();
  const auto traces = runtime().run_each(programs);
  ASSERT_EQ(traces.size(), programs.size());
  for (const Trace& trace : traces) {
    ASSERT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
    for (std::size_t step = 0; step < 2 * kRegions; step += 2) {
      EXPECT_EQ(trace.units[0].at(step)->value, 0) << to_string(programs[0].units[0][step]);
    }
  }
}

TEST_P(ReferenceRuntime, AFailureAmongManyProgramsIsItsOwn) {
  std::vector<Program> programs(4);
  for (Program& program : programs) program.units = {{yield()}, {write(Region::kHeap, 0, 1)}};
  programs[1].units[0] = {fault(Fault::kAbort)};
  const auto traces = runtime().run_each(programs);
  ASSERT_EQ(traces.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(traces[i].completed(), i != 1) << i << ": " << traces[i].failure();
  }
}

TEST_P(ReferenceRuntime, AHangAmongManyProgramsIsGivenUpByItsOwnBound) {
  std::vector<Program> programs(3);
  for (Program& program : programs) {
    program.bound_ns = 300'000'000;
    program.channels = 1;
    program.units = {{yield()}};
  }
  programs[1].units = {{receive(0)}};
  const auto traces = runtime().run_each(programs);
  EXPECT_TRUE(traces[0].completed()) << traces[0].failure();
  EXPECT_EQ(traces[1].units[0].end.kind, EndKind::kGaveUp) << traces[1].failure();
  EXPECT_TRUE(traces[2].completed()) << traces[2].failure();
}

}  // namespace
}  // namespace assay
