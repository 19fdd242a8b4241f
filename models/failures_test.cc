// How units fail on each reference runtime: named, and never the end of the run.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/sanitized.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

/// For units that hang: long enough for the others to end on a busy machine.
constexpr std::int64_t kHangBound = 3'000'000'000;

/// Unit 1 raises the fault while units 0 and 2 yield; they go on where the fault is contained.
Trace with_fault(Runtime& runtime, Fault what) {
  Program program;
  program.units = {{yield(5), record(Identity::kProcess)},
                   {yield(2), fault(what), yield(2)},
                   {yield(5), record(Identity::kProcess)}};
  program.bound_ns =
      what == Fault::kEndlessLoop || what == Fault::kDeadlock ? kHangBound : program.bound_ns;
  return runtime.run(program);
}

bool others_completed(const Trace& trace) {
  return trace.units[0].end.ok() && trace.units[2].end.ok();
}

TEST(ForkRuntime, AnExceptionIsTold) {
  const Trace trace = with_fault(fork_runtime(), Fault::kUncaughtException);
  EXPECT_EQ(to_string(trace.units[1].end), "threw: an injected exception");
  EXPECT_TRUE(others_completed(trace)) << trace.failure();
  EXPECT_TRUE(trace.host.ok()) << trace.failure();
}

TEST(ForkRuntime, AnExitCodeIsTold) {
  const Trace trace = with_fault(fork_runtime(), Fault::kExit);
  EXPECT_EQ(to_string(trace.units[1].end), "exited with 7");
  EXPECT_TRUE(others_completed(trace)) << trace.failure();
}

TEST(ForkRuntime, AnExitWithZeroBeforeTheEndIsNoCompletion) {
  Bodies bodies;
  bodies.count = 2;
  bodies.task = [](Unit& unit) -> Task {
    co_await unit.yield();
    if (unit.index() == 1) _exit(0);
  };
  const BodyResult result = fork_runtime().run_hosted(bodies);
  EXPECT_TRUE(result.ends[0].ok());
  EXPECT_EQ(to_string(result.ends[1]), "exited with 0");
}

TEST(ForkRuntime, ASignalIsTold) {
  const Trace trace = with_fault(fork_runtime(), Fault::kKillOwnTask);
  EXPECT_EQ(to_string(trace.units[1].end), "was killed by SIGKILL");
  EXPECT_TRUE(others_completed(trace)) << trace.failure();
}

TEST(ForkRuntime, ACrashIsTold) {
  const Trace trace = with_fault(fork_runtime(), Fault::kNullDereference);
  // A sanitizer turns some signals into a report and an exit status of its own.
  if (kSanitized) {
    EXPECT_FALSE(trace.units[1].end.ok());
  } else {
    EXPECT_EQ(to_string(trace.units[1].end), "was killed by SIGSEGV");
  }
  EXPECT_TRUE(others_completed(trace)) << trace.failure();
}

TEST(ForkRuntime, AHangIsRemovedAlone) {
  for (const Fault hang : {Fault::kEndlessLoop, Fault::kDeadlock}) {
    const Trace trace = with_fault(fork_runtime(), hang);
    EXPECT_EQ(to_string(trace.units[1].end),
              "hung and was given up: after 3000 ms; it was removed");
    EXPECT_TRUE(others_completed(trace)) << trace.failure();
    EXPECT_TRUE(trace.host.ok()) << trace.failure();
  }
}

/// Runtimes whose units share a process.
struct SharedProcess : testing::TestWithParam<BodyRuntime*> {};

INSTANTIATE_TEST_SUITE_P(All, SharedProcess, testing::Values(&std_thread(), &coroutine()),
                         [](const auto& info) { return info.param->info().name; });

TEST_P(SharedProcess, AnExitCodeIsTheHosts) {
  const Trace trace = with_fault(*GetParam(), Fault::kExit);
  // ThreadSanitizer has a status of its own for threads that are not joined.
  EXPECT_EQ(trace.host.kind, EndKind::kExited) << trace.failure();
  if (!kSanitized) {
    EXPECT_EQ(trace.host.code, 7);
  }
  EXPECT_EQ(trace.units[1].end.kind, EndKind::kRunning) << trace.failure();
}

TEST_P(SharedProcess, ASignalIsTheHosts) {
  const Trace trace = with_fault(*GetParam(), Fault::kKillOwnTask);
  EXPECT_EQ(to_string(trace.host), "was killed by SIGKILL");
}

TEST_P(SharedProcess, AHangTakesItsHost) {
  for (const Fault hang : {Fault::kEndlessLoop, Fault::kDeadlock}) {
    Program program;
    program.bound_ns = 100'000'000;
    program.units = {{yield()}, {fault(hang)}};
    const Trace trace = GetParam()->run(program);
    EXPECT_EQ(trace.host.kind, EndKind::kGaveUp);
    EXPECT_NE(to_string(trace.units[1].end).find("its host was removed"), std::string::npos)
        << trace.failure();
  }
}

TEST(StdThread, AnExceptionTakesItsHost) {
  const Trace trace = with_fault(std_thread(), Fault::kUncaughtException);
  EXPECT_EQ(to_string(trace.units[1].end), "threw: an injected exception");
  EXPECT_FALSE(trace.host.ok());
}

TEST(CoroutineRuntime, AnExceptionStaysInItsUnit) {
  const Trace trace = with_fault(coroutine(), Fault::kUncaughtException);
  EXPECT_EQ(to_string(trace.units[1].end), "threw: an injected exception");
  EXPECT_TRUE(others_completed(trace)) << trace.failure();
}

/// All runtimes, both forms of a body where they can be run, many units.
struct AnyRuntime : testing::TestWithParam<BodyRuntime*> {
  BodyRuntime& runtime() { return *GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(All, AnyRuntime,
                         testing::Values(&fork_runtime(), &std_thread(), &coroutine()),
                         [](const auto& info) { return info.param->info().name; });

TEST_P(AnyRuntime, RunsAThousandUnits) {
  // A sanitized process takes some 20 ms to fork.
  const std::size_t units = kSanitized ? 100 : 1'000;
  Program program;
  program.units.assign(units, {yield(), sleep(1'000)});
  program.bound_ns = 120'000'000'000;
  const Trace trace = runtime().run(program);
  EXPECT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
}

TEST_P(AnyRuntime, RunsBlockingBodiesOrSaysWhyNot) {
  Bodies bodies;
  bodies.count = 3;
  bodies.channels = 1;
  bodies.locks = 1;
  bodies.reports = 1;
  bodies.blocking = [](BlockingUnit& unit) {
    unit.lock(0);
    unit.yield();
    unit.sleep_for(std::chrono::microseconds(10));
    unit.unlock(0);
    if (unit.index() != 0) return unit.send(0, {});
    for (std::size_t i = 1; i < unit.count(); ++i) unit.receive(0);
    unit.report(42);
  };
  if (const auto why = runtime().refuses(bodies)) {
    EXPECT_EQ(*why, "a plain function cannot be suspended without a stack of its own");
    EXPECT_THROW(runtime().run_hosted(bodies), std::invalid_argument);
    return;
  }
  const BodyResult result = runtime().run_hosted(bodies);
  ASSERT_TRUE(result.completed()) << result.failure() << "\n" << result.output;
  EXPECT_EQ(result.reports[0], std::vector<std::uint64_t>{42});
}

TEST_P(AnyRuntime, AFullReportLogIsAnError) {
  Bodies bodies;
  bodies.count = 1;
  bodies.reports = 2;
  bodies.task = [](Unit& unit) -> Task {
    for (std::uint64_t i = 0; i < 3; ++i) unit.report(i);
    co_return;
  };
  const BodyResult result = runtime().run_hosted(bodies);
  EXPECT_EQ(to_string(result.ends[0]), "threw: more than 2 reports; raise Bodies::reports");
  EXPECT_EQ(result.reports[0], (std::vector<std::uint64_t>{0, 1}));
}

TEST_P(AnyRuntime, ALockKeepsUpdates) {
  Bodies bodies;
  bodies.count = 8;
  bodies.locks = 1;
  bodies.shared_bytes = sizeof(std::int64_t);
  std::int64_t sum = 0;
  bodies.task = [](Unit& unit) -> Task {
    for (int i = 0; i < 50; ++i) {
      co_await unit.lock(0);
      const std::int64_t seen = unit.shared<std::int64_t>();
      co_await unit.yield();
      unit.shared<std::int64_t>() = seen + 1;
      unit.unlock(0);
    }
  };
  bodies.after = [&](std::byte* shared) { sum = *reinterpret_cast<std::int64_t*>(shared); };
  const BodyResult result = runtime().run_here(bodies);
  ASSERT_TRUE(result.completed()) << result.failure();
  EXPECT_EQ(sum, 400);
}

TEST_P(AnyRuntime, NoUnitsAndTwoFormsAreRefused) {
  Bodies none;
  none.count = 0;
  none.task = [](Unit&) -> Task { co_return; };
  EXPECT_EQ(runtime().refuses(none), "a run needs at least one unit");
  EXPECT_THROW(runtime().run_here(Bodies()), std::invalid_argument);
}

/// Runs its units one after the other, and forgets how they give way.
class Forgetful : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }

 protected:
  void run_units(Run&, std::span<Unit> units, std::chrono::nanoseconds) override {
    for (Unit& unit : units) unit.run_to_end();
  }

 private:
  RuntimeInfo info_{"forgetful", Model::kThread, "C++", "sets no switching", {}};
};

TEST(AnyRuntime, ASwitchingThatWasForgottenIsNamed) {
  for (const Step& step : {yield(), sleep(1'000), send(0, 1)}) {
    Program program;
    program.channels = 1;
    program.units = {{step}, {step}};
    Forgetful runtime;
    const std::string failure = runtime.run(program).failure();
    EXPECT_NE(failure.find("unit 0 threw: run_units set no `run.switching`"), std::string::npos)
        << failure;
  }
}

}  // namespace
}  // namespace assay
