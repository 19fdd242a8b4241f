#include "models/program.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "models/coroutine/coroutine.h"

namespace assay {
namespace {

/// What a runtime says of a program that it refuses.
std::string refusal_of(const Program& program) {
  try {
    coroutine().run(program);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no refusal";
}

Program with(Step step) {
  Program program;
  program.units = {{yield()}, {yield(), step}};
  program.channels = 1;
  program.locks = 2;
  return program;
}

TEST(Program, NeedsAUnit) { EXPECT_EQ(refusal_of({}), "a program needs at least one unit"); }

TEST(Program, WhatIsMalformedIsNamedByUnitAndStep) {
  EXPECT_EQ(refusal_of(with(write(Region::kHeap, 64, 1))),
            "unit 1, step 1 (write heap[64] = 1): the cell is not below 64");
  EXPECT_EQ(refusal_of(with(send(1, 2))),
            "unit 1, step 1 (send 2 (8 bytes) to channel 1): the channel is not below 1");
  EXPECT_EQ(refusal_of(with(send(0, 256, 1))),
            "unit 1, step 1 (send 256 (1 bytes) to channel 0): so few bytes do not hold the value");
  EXPECT_EQ(refusal_of(with(lock(2))), "unit 1, step 1 (lock 2): the lock is not below 2");
  EXPECT_EQ(refusal_of(with(await_end(1))),
            "unit 1, step 1 (await end of unit 1): a unit cannot await its own end");
  EXPECT_EQ(refusal_of(with(sleep(-1))), "unit 1, step 1 (sleep -1 ns): the time is negative");
}

TEST(Program, ATableHasAColumnAUnit) {
  Program program;
  program.units = {{write(Region::kGlobal, 3, 7), yield(2)}, {read(Region::kGlobal, 3)}, {}};
  EXPECT_EQ(to_table(program),
            "unit 0               unit 1          unit 2\n"
            "write global[3] = 7  read global[3]\n"
            "yield x2\n");
}

TEST(Program, ATableCountsTheUnitsAfterTheEighth) {
  Program program;
  program.units.assign(11, {yield()});
  const std::string table = to_table(program);
  EXPECT_NE(table.find("unit 7"), std::string::npos);
  EXPECT_EQ(table.find("unit 8"), std::string::npos);
  EXPECT_NE(table.find("and 3 more units\n"), std::string::npos);
}

TEST(Trace, AFailureNamesUnitsAndHost) {
  Trace trace;
  trace.host = {EndKind::kCompleted, 0, ""};
  trace.units.resize(3);
  trace.units[0].end = {EndKind::kCompleted, 0, ""};
  trace.units[1].end = {EndKind::kSignalled, 11, ""};
  trace.units[2].end = {EndKind::kThrew, 0, "no luck"};
  EXPECT_FALSE(trace.completed());
  EXPECT_EQ(trace.failure(), "unit 1 was killed by SIGSEGV; unit 2 threw: no luck; host completed");
}

TEST(Trace, AFailureNamesTheRefusalFirstAndCountsTheRest) {
  Trace trace;
  trace.host = {EndKind::kCompleted, 0, ""};
  trace.units.resize(9);
  for (UnitTrace& unit : trace.units) unit.end = {EndKind::kGaveUp, 0, "after 5 ms"};
  trace.units[7].end = {EndKind::kNotStarted, 0, "fork: no"};
  EXPECT_EQ(trace.failure(),
            "unit 7 was not started: fork: no; unit 0 hung and was given up: after 5 ms; "
            "unit 1 hung and was given up: after 5 ms; 6 more units did not complete; "
            "host completed");
}

TEST(Trace, AnEventIsFoundByItsStep) {
  UnitTrace unit;
  unit.events = {{0, 10, 0}, {2, 30, 0}};
  ASSERT_NE(unit.at(2), nullptr);
  EXPECT_EQ(unit.at(2)->value, 30);
  EXPECT_EQ(unit.at(1), nullptr);
  EXPECT_EQ(unit.at(3), nullptr);
}

}  // namespace
}  // namespace assay
