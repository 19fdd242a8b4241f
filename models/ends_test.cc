#include "models/ends.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/run_memory.h"

namespace assay {
namespace {

TEST(Ends, AllCompletedUnlessToldOtherwise) {
  const Ends ends(3);
  EXPECT_TRUE(ends.all_completed());
  EXPECT_EQ(std::distance(ends.begin(), ends.end()), 3);
  EXPECT_TRUE(std::all_of(ends.begin(), ends.end(), [](const End& end) { return end.ok(); }));
}

TEST(Ends, GiveEachUnitItsOwn) {
  Ends ends(5);
  ends.add_failure(1, {EndKind::kExited, 7, ""});
  ends.add_failure(4, {EndKind::kThrew, 0, "last"});
  std::vector<std::string> all;
  for (const End& end : ends) all.push_back(to_string(end));
  EXPECT_EQ(all, (std::vector<std::string>{"completed", "exited with 7", "completed", "completed",
                                           "threw: last"}));
  EXPECT_FALSE(ends.all_completed());
  EXPECT_EQ(std::prev(ends.end())->what, "last");
  EXPECT_THROW((void)ends.at(5), std::out_of_range);
}

/// Records in zeroed memory of their own.
class Records : public ::testing::Test {
 protected:
  static constexpr std::size_t kUnits = 3;
  void SetUp() override { ASSERT_LE(EndRecords::bytes_for(kUnits), sizeof(memory_)); }
  [[nodiscard]] EndRecords records() { return {memory_.data(), kUnits}; }
  static End completed() { return {EndKind::kCompleted, 0, ""}; }

 private:
  alignas(64) std::array<std::byte, 4'096> memory_{};
};

TEST_F(Records, StartAsUnitsThatWereNotStarted) {
  EXPECT_EQ(records().kind(2), EndKind::kNotStarted);
  EXPECT_EQ(to_string(records().end(2)), to_string(End{}));
}

TEST_F(Records, WhatABodyThrewSaysMoreThanTheSignalThatFollowed) {
  records().tell(0, {EndKind::kThrew, 0, "of the body"});
  records().tell(0, {EndKind::kSignalled, 6, ""});
  EXPECT_EQ(to_string(records().end(0)), "threw: of the body");
}

TEST_F(Records, ACompletedUnitMayStillBeKilled) {
  records().mark(0, EndKind::kCompleted);
  records().tell(0, completed());
  EXPECT_TRUE(records().end(0).ok());
  records().tell(0, {EndKind::kSignalled, 9, ""});
  EXPECT_EQ(to_string(records().end(0)), "was killed by SIGKILL");
}

TEST_F(Records, ATextIsCutWhereTheRoomEndsAndSpoilsNoOther) {
  const std::string longer(500, 'x');
  records().say(1, longer);
  records().tell(2, {EndKind::kExited, 3, ""});
  const End end = records().end(1);
  EXPECT_GE(end.what.size(), 90U);
  EXPECT_EQ(end.what, longer.substr(0, end.what.size()));
  EXPECT_EQ(to_string(records().end(0)), to_string(End{}));
  EXPECT_EQ(to_string(records().end(2)), "exited with 3");
}

TEST_F(Records, AViewOfOneIsThatOne) {
  records().of(1).tell(0, {EndKind::kExited, 5, "mine"});
  EXPECT_EQ(records().end(1).code, 5);
  EXPECT_EQ(records().end(1).what, "mine");
  EXPECT_EQ(records().kind(0), EndKind::kNotStarted);
}

TEST_F(Records, WhatRanWhenItsHostWasGivenUpWasGivenUp) {
  records().mark(0, EndKind::kRunning);
  records().mark(1, EndKind::kCompleted);
  const Ends ends = records().results({EndKind::kGaveUp, 0, "after 1 s"});
  EXPECT_EQ(ends[0].kind, EndKind::kGaveUp);
  EXPECT_EQ(ends[0].what, "after 1 s; its host was removed");
  EXPECT_TRUE(ends[1].ok());
  EXPECT_EQ(ends[2].kind, EndKind::kNotStarted);
}

bool all_zero(const RunMemory& memory, std::size_t bytes) {
  return std::all_of(memory.data(), memory.data() + bytes,
                     [](std::byte byte) { return byte == std::byte{0}; });
}

TEST(RunMemory, IsZeroAlsoWhenAnEarlierRunHadIt) {
  constexpr std::size_t kBytes = 1'000;
  std::byte* first = nullptr;
  {
    RunMemory memory(kBytes, true);
    first = memory.data();
    std::fill_n(first, kBytes, std::byte{0xff});
    memory.keep(kBytes);
  }
  const RunMemory again(kBytes, true);
  EXPECT_EQ(again.data(), first) << "the memory of the first run was not kept for the second";
  EXPECT_TRUE(all_zero(again, kBytes)) << "a run would find what an earlier one wrote";
}

TEST(RunMemory, IsNeverThatOfARunThatGoesOn) {
  constexpr std::size_t kBytes = 1'000;
  {
    RunMemory(kBytes, true).keep(kBytes);
  }
  const RunMemory one(kBytes, true);
  const RunMemory other(kBytes, true);
  EXPECT_NE(one.data(), other.data());
}

TEST(RunMemory, GrowsWithTheRun) {
  {
    RunMemory(100, true).keep(100);
  }
  constexpr std::size_t kMore = std::size_t{1} << 20;
  const RunMemory memory(kMore, true);
  EXPECT_TRUE(all_zero(memory, kMore));
}

Bodies two_units(TaskBody body) {
  Bodies bodies;
  bodies.count = 2;
  bodies.shared_bytes = sizeof(std::uint64_t);
  bodies.reports = 2;
  bodies.task = std::move(body);
  return bodies;
}

/// Counts in the shared state, and reports what it found there.
Task count(Unit& unit) {
  unit.report(++unit.shared<std::uint64_t>());
  co_return;
}

Task count_and_fail(Unit& unit) {
  unit.report(++unit.shared<std::uint64_t>());
  if (unit.index() == 1) throw std::runtime_error("once");
  co_return;
}

TEST(RunMemory, WhatARunLeftIsNotSeenByTheNext) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(coroutine().run_here(two_units(count_and_fail)).ends[1].what, "once");
    const BodyResult result = coroutine().run_here(two_units(count));
    ASSERT_TRUE(result.completed()) << result.failure();
    EXPECT_EQ(result.reports[0].at(0), 1U) << "the shared state of a run was not zero";
    EXPECT_EQ(result.reports[1].at(0), 2U);
  }
}

}  // namespace
}  // namespace assay
