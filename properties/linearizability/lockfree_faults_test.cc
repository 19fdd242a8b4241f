// What the explored boost::lockfree comes to (lockfree_explored.cc): all interleavings were
// explored, its data races are known, and with one line of each header broken (BUILD) it is caught.
#include <gtest/gtest.h>

#include <string>

#include "models/controlled/unmodified/testing/run_explored.h"

namespace assay {
namespace {

Ended run(const std::string& program, const std::string& environment, const std::string& filter) {
  return run_explored("properties/linearizability/" + program, environment, filter);
}

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t found = 0;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
    ++found;
  return found;
}

constexpr const char* kIgnore = "ASSAY_IGNORE_RACES=1";

class Explored : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Lockfree, Explored,
                         testing::Values("lockfree_explored_test", "lockfree_explored_gcc_test"),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "clang" : "gcc");
                         });

TEST_P(Explored, IsLinearizableInAllInterleavings) {
  const Ended ended = run(GetParam(), kIgnore, "*");
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_EQ(count(ended.output, "[       OK ]"), 12U) << ended.output;
  EXPECT_EQ(count(ended.output, " inequivalent interleavings explored\n"), 12U) << ended.output;
  EXPECT_EQ(count(ended.output, "not seen: "), 0U) << ended.output;
}

// Of two that take, one may read the link of a node that the other took and is giving back to the
// list of free nodes; the compare-exchange then fails, and what was read is not used. No atomic
// operations: a data race in C++.
TEST_P(Explored, RacesByTheStandard) {
  for (const char* const test : {"Lockfree/Queue.TakesAtOnce", "Lockfree/Stack.TakesAtOnce"}) {
    const Ended ended = run(GetParam(), "", test);
    EXPECT_NE(ended.status, 0) << "expected a data race, found none:\n" << ended.output;
    EXPECT_EQ(count(ended.output, "not linearizable"), 0U) << ended.output;
    EXPECT_GT(count(ended.output, "data race: unit"), 0U) << ended.output;
  }
}

void expect_caught(const char* test, const char* expected) {
  const Ended ended = run("lockfree_broken", kIgnore, test);
  EXPECT_NE(ended.status, 0) << "expected a history that is not linearizable, found none:\n"
                             << ended.output;
  EXPECT_NE(ended.output.find(expected), std::string::npos)
      << "expected '" << expected << "', found:\n"
      << ended.output;
}

// push: a store for a compare-exchange of the top. Of two elements pushed at once one is lost.
TEST(Broken, StackThatStoresItsTopIsCaught) {
  expect_caught("Lockfree/Stack.PutsAtOnce", "not linearizable: ");
}

// pop: it does not look again whether the head is still the head. The node may be in use again, as
// the last one: the queue then seems empty, which it never was.
TEST(Broken, QueueThatDoesNotLookAgainIsCaught) {
  expect_caught("Lockfree/Queue.UsesNodesAgain", "dequeue() = nothing does not fit");
}

}  // namespace
}  // namespace assay
