#include "models/drivers/posix_spawn.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <set>

#include "models/pinning.h"

namespace assay {
namespace {

Trace completed(const Program& program) {
  Trace trace = spawn_runtime().run(program);
  EXPECT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
  return trace;
}

TEST(PosixSpawn, RunsAMessageThroughAChannel) {
  Program program;
  program.channels = 2;
  program.units = {{send(0, 41), receive(1)}, {receive(0), send(1, 42, 200'000)}};
  const Trace trace = completed(program);
  EXPECT_EQ(trace.units[1].at(0)->value, 41);
  EXPECT_EQ(trace.units[0].at(1)->value, 42);
  EXPECT_EQ(trace.units[0].at(1)->aux, 200'000U);
}

TEST(PosixSpawn, EveryStepLeavesAnEvent) {
  Program program;
  program.locks = 1;
  program.one_core = true;
  program.units.assign(
      3, {lock(0), add(Region::kSharedMapping, 0, 10), unlock(0), yield(3), spin(100), sleep(1000),
          read(Region::kHeap, 1), record(Identity::kProcess), recurse(10, 5, 2),
          check_registers(1, 2), add_across(Region::kHeap, 3, 2)});
  const Trace trace = completed(program);
  for (const UnitTrace& unit : trace.units) EXPECT_EQ(unit.events.size(), program.units[0].size());
  EXPECT_GT(trace.wall_ns, 0);
  EXPECT_GT(trace.cpu_ns, 0);
}

TEST(PosixSpawn, OnlyTheSharedMappingIsShared) {
  for (int i = 0; i < kRegions; ++i) {
    const auto region = static_cast<Region>(i);
    Program program;
    program.channels = 1;
    program.units = {{write(region, 7, 11), send(0, 1)}, {receive(0), read(region, 7)}};
    const Trace trace = completed(program);
    EXPECT_EQ(trace.units[1].at(1)->value, region == Region::kSharedMapping ? 11 : 0)
        << to_string(region);
  }
}

TEST(PosixSpawn, EveryUnitIsAProcess) {
  Program program;
  program.units.assign(20, {record(Identity::kProcess)});
  std::set<std::int64_t> processes;
  for (const UnitTrace& unit : completed(program).units) processes.insert(unit.at(0)->value);
  EXPECT_EQ(processes.size(), 20U);
}

TEST(PosixSpawn, AUnitsFailureIsItsOwn) {
  Program program;
  program.units = {
      {fault(Fault::kAbort)}, {fault(Fault::kUncaughtException)}, {fault(Fault::kExit)}, {yield()}};
  const Trace trace = spawn_runtime().run(program);
  EXPECT_EQ(trace.units[0].end.kind, EndKind::kSignalled) << trace.failure();
  EXPECT_EQ(trace.units[0].end.code, SIGABRT);
  EXPECT_EQ(trace.units[1].end.kind, EndKind::kThrew);
  EXPECT_EQ(trace.units[1].end.what, "an injected exception");
  EXPECT_EQ(trace.units[2].end.kind, EndKind::kExited);
  EXPECT_EQ(trace.units[2].end.code, 7);
  EXPECT_TRUE(trace.units[3].end.ok());
  EXPECT_TRUE(trace.host.ok());
}

TEST(PosixSpawn, AHangIsGivenUpAlone) {
  Program program;
  program.bound_ns = 1'000'000'000;
  program.units = {{fault(Fault::kDeadlock)}, {yield()}};
  const Trace trace = spawn_runtime().run(program);
  EXPECT_EQ(trace.units[0].end.kind, EndKind::kGaveUp) << trace.failure();
  EXPECT_TRUE(trace.units[1].end.ok()) << trace.failure();
  EXPECT_TRUE(trace.host.ok());
}

TEST(PosixSpawn, CostsAreCounted) {
  NativeCosts& costs = *spawn_runtime().native_costs();
  EXPECT_EQ(costs.create_and_join(2, 3), 6U);
  const int core = allowed_cores().at(0);
  EXPECT_EQ(costs.ping_pong(20, core, core), 20U);
}

TEST(PosixSpawn, ClaimsEveryTraitOnce) {
  std::set<TraitId> claimed;
  for (const Claim& claim : spawn_runtime().info().claims) claimed.insert(claim.trait);
  EXPECT_EQ(claimed.size(), traits().size());
  EXPECT_EQ(spawn_runtime().info().claims.size(), traits().size());
}

}  // namespace
}  // namespace assay
