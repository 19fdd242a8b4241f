#include "models/drivers/python.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <set>
#include <string_view>

#include "models/pinning.h"

namespace assay {
namespace {

struct Python : testing::TestWithParam<Runtime*> {
  Runtime& runtime() { return *GetParam(); }
  Trace completed(const Program& program) {
    Trace trace = runtime().run(program);
    EXPECT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
    return trace;
  }
  [[nodiscard]] bool is(Model model) { return runtime().info().model == model; }
};

INSTANTIATE_TEST_SUITE_P(All, Python,
                         testing::Values(&python_threading(), &python_asyncio(),
                                         &python_multiprocessing()),
                         [](const auto& info) { return info.param->info().name; });

TEST_P(Python, RunsAMessageThroughAChannel) {
  Program program;
  program.channels = 2;
  program.units = {{send(0, -41), receive(1)}, {receive(0), send(1, 42, 200'000)}};
  const Trace trace = completed(program);
  ASSERT_EQ(trace.units.size(), 2U);
  EXPECT_EQ(trace.units[1].at(0)->value, -41);
  EXPECT_EQ(trace.units[1].at(0)->aux, 8U);
  EXPECT_EQ(trace.units[0].at(1)->value, 42);
  EXPECT_EQ(trace.units[0].at(1)->aux, 200'000U);
}

TEST_P(Python, EveryStepLeavesAnEvent) {
  Program program;
  program.locks = 1;
  program.one_core = true;
  program.units.assign(
      3, {lock(0), add(Region::kSharedMapping, 0, 10), unlock(0), yield(3), spin(100), sleep(1000),
          write(Region::kStack, 1, 5), spin_until(Region::kStack, 1, 5, 1000),
          add_across(Region::kHeap, 3, 2)});
  for (int i = 0; i < kIdentities; ++i) {
    const auto identity = static_cast<Identity>(i);
    if (identity == Identity::kStackAddress || identity == Identity::kErrno ||
        identity == Identity::kRoundingMode) {
      continue;
    }
    program.units[0].push_back(record(identity));
  }
  const Trace trace = completed(program);
  EXPECT_EQ(trace.units[2].at(7)->value, 1);
  EXPECT_GE(trace.units[2].at(4)->value, 100);
  EXPECT_GE(trace.units[2].at(5)->aux, static_cast<std::uint64_t>(trace.units[2].at(5)->value));
  EXPECT_GT(trace.wall_ns, 0);
  EXPECT_GT(trace.cpu_ns, 0);
}

TEST_P(Python, RegionsAreSharedAsTheModelSays) {
  Program program;
  program.channels = 1;
  program.units.resize(2);
  for (int i = 0; i < kRegions; ++i) {
    program.units[0].push_back(write(static_cast<Region>(i), 7, 11 + i));
  }
  program.units[0].push_back(send(0, 1));
  program.units[1].push_back(receive(0));
  for (int i = 0; i < kRegions; ++i) {
    program.units[1].push_back(read(static_cast<Region>(i), 7));
  }
  const Trace trace = completed(program);
  for (int i = 0; i < kRegions; ++i) {
    const auto region = static_cast<Region>(i);
    const bool visible =
        region == Region::kSharedMapping ||
        (region == Region::kThreadLocal ? is(Model::kCoroutine) : !is(Model::kProcess));
    EXPECT_EQ(trace.units[1].at(1 + static_cast<std::size_t>(i))->value, visible ? 11 + i : 0)
        << to_string(region);
  }
}

TEST_P(Python, UnitsAreWhatTheModelSays) {
  Program program;
  program.channels = 2;
  program.units.assign(
      4, {record(Identity::kProcess), record(Identity::kKernelTask), send(0, 1), receive(1)});
  program.units[0] = {record(Identity::kProcess),
                      record(Identity::kKernelTask),
                      receive(0),
                      receive(0),
                      receive(0),
                      send(1, 1),
                      send(1, 1),
                      send(1, 1)};
  std::set<std::int64_t> processes;
  std::set<std::int64_t> tasks;
  for (const UnitTrace& unit : completed(program).units) {
    processes.insert(unit.at(0)->value);
    tasks.insert(unit.at(1)->value);
  }
  EXPECT_EQ(processes.size(), is(Model::kProcess) ? 4U : 1U);
  EXPECT_EQ(tasks.size(), is(Model::kCoroutine) ? 1U : 4U);
}

TEST_P(Python, UpdatesUnderALockAreKept) {
  Program program;
  program.locks = 1;
  program.channels = 1;
  program.units.assign(4, {lock(0), add(Region::kSharedMapping, 0, 200), unlock(0), send(0, 1)});
  program.units.push_back(
      {receive(0), receive(0), receive(0), receive(0), read(Region::kSharedMapping, 0)});
  EXPECT_EQ(completed(program).units[4].at(4)->value, 800);
}

TEST_P(Python, AnExceptionEndsItsUnitAlone) {
  Program program;
  program.units = {{fault(Fault::kUncaughtException)}, {sleep(1'000'000)}};
  const Trace trace = runtime().run(program);
  EXPECT_EQ(trace.units[0].end.kind, EndKind::kThrew);
  EXPECT_EQ(trace.units[0].end.what, "RuntimeError: an injected exception");
  EXPECT_TRUE(trace.units[1].end.ok()) << trace.failure() << trace.output;
}

TEST_P(Python, AnAbortEndsItsProcess) {
  Program program;
  program.channels = 1;
  program.units = {{receive(0), fault(Fault::kAbort)}, {write(Region::kHeap, 0, 1), send(0, 1)}};
  const Trace trace = runtime().run(program);
  EXPECT_FALSE(trace.units[0].end.ok());
  EXPECT_EQ(trace.host.kind, is(Model::kProcess) ? EndKind::kCompleted : EndKind::kSignalled);
  EXPECT_EQ(is(Model::kProcess) ? trace.units[0].end.code : trace.host.code, SIGABRT);
  // What was done before is known, whoever died.
  EXPECT_EQ(trace.units[1].events.size(), 2U);
}

TEST_P(Python, AHangIsGivenUpAndNamed) {
  Program program;
  program.bound_ns = 500'000'000;
  program.units = {{fault(Fault::kDeadlock)}, {yield()}};
  const Trace trace = runtime().run(program);
  EXPECT_EQ(trace.units[0].end.kind, EndKind::kGaveUp) << trace.failure();
  EXPECT_EQ(trace.units[1].end.ok(), !is(Model::kCoroutine)) << trace.failure();
}

TEST_P(Python, EveryFaultIsRaisedOrUnsupportedWithAReason) {
  for (int i = 0; i < kFaults; ++i) {
    Program program;
    program.bound_ns = 500'000'000;
    const auto kind = static_cast<Fault>(i);
    if (kind == Fault::kEndlessLoop || kind == Fault::kDeadlock) continue;
    program.units = {{fault(kind)}};
    const Trace trace = runtime().run(program);
    const End& end = trace.units[0].end;
    if (end.kind == EndKind::kUnsupported) {
      EXPECT_FALSE(end.what.empty()) << to_string(kind);
      EXPECT_TRUE(kind == Fault::kErrno || kind == Fault::kRoundingMode ||
                  (kind == Fault::kSignalDisposition && is(Model::kThread)))
          << to_string(kind);
      continue;
    }
    const bool goes_on = kind >= Fault::kErrno || kind == Fault::kMemoryExhaustion ||
                         kind == Fault::kDescriptorExhaustion;
    EXPECT_EQ(end.ok(), goes_on) << to_string(kind) << ": " << trace.failure() << trace.output;
  }
}

TEST_P(Python, WhatPythonCannotDoIsUnsupportedWithAReason) {
  for (const Step& step : {recurse(3, 1, 0), check_registers(1, 1), record(Identity::kStackAddress),
                           fault(Fault::kRoundingMode)}) {
    Program program;
    program.units = {{step}, {yield()}};
    const Trace trace = runtime().run(program);
    for (const UnitTrace& unit : trace.units) {
      EXPECT_EQ(unit.end.kind, EndKind::kUnsupported) << to_string(step);
      EXPECT_EQ(unit.end.what.rfind("Python", 0), 0U) << unit.end.what;
    }
  }
}

TEST_P(Python, CostsAreCountedAndTimed) {
  NativeCosts& costs = *runtime().native_costs();
  EXPECT_EQ(costs.create_and_join(3, 2), 6U);
  ASSERT_TRUE(costs.own_time());
  EXPECT_GT(costs.own_time()->count(), 0);
  const int core = allowed_cores().at(0);
  EXPECT_GE(costs.ping_pong(20, core, core), 20U);
  EXPECT_GT(costs.own_time()->count(), 0);
  ASSERT_TRUE(costs.own_cpu_time());
  EXPECT_GT(costs.own_cpu_time()->count(), 0);
}

TEST_P(Python, ClaimsHaveSourcesAndReasons) {
  std::set<TraitId> claimed;
  for (const Claim& claim : runtime().info().claims) {
    EXPECT_TRUE(claimed.insert(claim.trait).second) << claim.slug();
    EXPECT_FALSE(claim.source.empty()) << claim.slug();
    EXPECT_LT(claim.value, trait(claim.trait).values.size()) << claim.slug();
    const bool untested =
        claim.modality == Modality::kUntested || claim.modality == Modality::kUnsupported;
    EXPECT_EQ(untested, !claim.reason.empty()) << claim.slug();
  }
  EXPECT_EQ(claimed.size(), traits().size());
}

}  // namespace
}  // namespace assay
