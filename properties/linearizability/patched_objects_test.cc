// The same objects with one line of their headers broken (BUILD): each must be caught. The broken
// line also lets others run, so that it is seen on one core as well.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>

#include "properties/linearizability/library_objects.h"
#include "properties/linearizability/search.h"
#include "properties/linearizability/threads.h"

namespace assay::linearizability {
namespace {

constexpr Shape kShape{.units = 3, .most_calls = 8, .programs = 100, .repeats = false};
constexpr std::size_t kRounds = 500;

template <typename Object>
void expect_caught(const Specification& specification, bool drain) {
  const auto fault = find_fault(specification, kShape, [&](const Calls& calls) {
    return run_on_threads(
        calls, specification, [] { return std::make_unique<Object>(); }, kRounds, drain);
  });
  ASSERT_TRUE(fault.has_value()) << "expected a history that is not linearizable, found none in "
                                 << kShape.programs << " programs of " << kRounds << " rounds";
  EXPECT_NE(fault->text.find("not linearizable: "), std::string::npos) << fault->text;
  std::cout << fault->text;
}

// push: a store for a compare-exchange of the top. Of two elements pushed at once one is lost.
TEST(Patched, BoostLockfreeStackIsCaught) {
  expect_caught<LockfreeStack>(stack_specification(), true);
}

// dequeue: the index of the head is read and then written. An element is taken twice.
TEST(Patched, MoodycamelQueueIsCaught) {
  expect_caught<MoodycamelQueue>(producer_queue_specification(), true);
}

// insert: it does not look again after it had to let the lock of the bucket go. A key is there
// twice.
TEST(Patched, TbbHashMapIsCaught) { expect_caught<TbbHashMap>(map_specification(), false); }

}  // namespace
}  // namespace assay::linearizability
