#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged observe(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  return judge_runtime(runtime, TraitId::kScheduling, options);
}

TEST(Scheduling, ProcessesAreSwitchedByTheKernel) {
  const Judged judged = observe(fork_runtime());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
}

TEST(Scheduling, ThreadsAreSwitchedByTheKernel) {
  const Judged judged = observe(std_thread());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
}

TEST(Scheduling, NothingIsRunAfterAProgramThatHung) {
  int runs = 0;
  Doctored hanging(std_thread(), [&](const Program&, Trace& trace) {
    if (++runs >= 2) trace.host = {EndKind::kGaveUp, 0, "after 20000 ms"};
  });
  const Judged judged = observe(hanging);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(judged.verdict.reason.find("after 20000 ms"), std::string::npos)
      << judged.verdict.reason;
  EXPECT_EQ(runs, 2);
}

TEST(Scheduling, CoroutinesSwitchWithoutTheKernel) {
  const Judged judged = observe(coroutine());
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kUnrefuted) << judged.observation.reason;
}

TEST(Scheduling, CoroutinesThatClaimTheKernelAreRefuted) {
  Impostor impostor(coroutine(), std_thread());
  const Judged judged = observe(impostor);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("both units ran in one kernel task"));
}

TEST(Scheduling, ThreadsThatDenyTheKernelAreRefuted) {
  Impostor impostor(std_thread(), coroutine());
  const Judged judged = observe(impostor);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("each unit was a kernel task"));
}

/// Says that units run on `tasks` kernel tasks.
Doctored::Doctor tasks_of(std::int64_t tasks) {
  return each_event(Op::kRecord, [tasks](std::size_t unit, const Step& step, Event& event) {
    if (step.identity == Identity::kKernelTask) {
      event.value = static_cast<std::int64_t>(unit) % tasks;
    }
    if (step.identity == Identity::kProcess) event.value = 1;
  });
}

TEST(Scheduling, ManyUnitsOnFewKernelTasksAreNeither) {
  Doctored pool(std_thread(), tasks_of(4));
  const Judged judged = observe(pool);
  EXPECT_TRUE(judged.observation.allowed.empty());
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("64 units on 4 kernel tasks"));
}

TEST(Scheduling, OneKernelTaskThatBlocksAtEverySwitchIsNeither) {
  Doctored blocking(std_thread(), tasks_of(1));
  const Judged judged = observe(blocking);
  EXPECT_TRUE(judged.observation.allowed.empty()) << judged.observation.reason;
}

TEST(Scheduling, KernelTasksWhoseSwitchesTheKernelDoesNotCountAreNeither) {
  Doctored uncounted(fork_runtime(),
                     each_event(Op::kRecord, [](std::size_t, const Step& step, Event& event) {
                       if (step.identity == Identity::kVoluntarySwitches ||
                           step.identity == Identity::kInvoluntarySwitches) {
                         event.value = 0;
                       }
                     }));
  EXPECT_TRUE(observe(uncounted).observation.allowed.empty());
}

TEST(Scheduling, AUnitOfManyThatGetsNoTurnRefutesUserSpace) {
  Doctored starving(coroutine(), [](const Program& program, Trace& trace) {
    if (program.units.size() != 16) return;
    for (Event& event : trace.units[3].events) {
      const Step& step = program.units[3][event.step];
      if (step.op == Op::kRead && step.cell == 7) event.value = 0;
    }
  });
  const Judged judged = observe(starving);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(judged.verdict.reason.find("unit 7, which was ready, got no turn while unit 3"),
            std::string::npos)
      << judged.verdict.reason;
}

TEST(Scheduling, AUnitThatGoesOnElsewhereAfterASleepRefutesBothValues) {
  Doctored moving(std_thread(), [](const Program& program, Trace& trace) {
    const auto& steps = program.units[0];
    const bool slept = steps.size() > 1 && steps[steps.size() - 2].op == Op::kSleep;
    if (slept && steps.back().identity == Identity::kKernelTask) {
      ++trace.units[0].events.back().value;
    }
  });
  const Judged judged = observe(moving);
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_TRUE(judged.observation.allowed.empty());
  EXPECT_NE(judged.verdict.reason.find("moved between kernel tasks"), std::string::npos)
      << judged.verdict.reason;
}

}  // namespace
}  // namespace assay
