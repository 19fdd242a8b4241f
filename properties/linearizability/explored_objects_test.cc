// Every interleaving of a few calls: right objects are linearizable in all, each flaw is found.
#include "properties/linearizability/explored_objects.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::linearizability {
namespace {

template <typename Env>
using CountedStack = ValueStack<Env, true>;
template <typename Env>
using UncountedStack = ValueStack<Env, false>;
template <typename Env>
using Queue = ValueQueue<Env, true>;
template <typename Env>
using TornQueue = ValueQueue<Env, false>;
template <typename Env>
using AtomicNumber = Number<Env, NumberKind::kAtomic>;
template <typename Env>
using TornNumber = Number<Env, NumberKind::kTorn>;
template <typename Env>
using RememberedNumber = Number<Env, NumberKind::kRemembered>;

constexpr Shape kSmall{.units = 2, .most_calls = 2, .programs = 20};

/// Up to the first failure; many more than there are, unless a number is given.
controlled::ExploreOptions all_of_them(std::uint64_t at_most = 100'000) {
  controlled::ExploreOptions options;
  options.execution.max_steps = 100;
  options.stop_at_failure = true;
  options.executions = at_most;
  return options;
}

template <template <typename> typename Object>
void expect_linearizable(const Specification& specification, const Shape& shape = kSmall) {
  Coverage coverage;
  const auto fault = find_fault(
      specification, shape, explored<Object<Controlled>>(specification, all_of_them(), coverage));
  EXPECT_FALSE(fault.has_value()) << fault->text;
  EXPECT_GT(coverage.programs, shape.programs / 2);  // Some are made twice.
  EXPECT_EQ(coverage.exhausted, coverage.programs) << "not all interleavings were explored";
}

template <template <typename> typename Object>
Fault found(const Specification& specification) {
  Coverage coverage;
  Shape shape = kSmall;
  shape.programs = 200;
  const auto fault =
      find_fault(specification, shape,
                 explored<Object<Controlled>>(specification, all_of_them(500), coverage));
  EXPECT_TRUE(fault.has_value()) << "expected a history that is not linearizable in "
                                 << coverage.executions << " executions, found none";
  return fault.value_or(Fault{});
}

TEST(Explored, TreiberStackIsLinearizable) {
  expect_linearizable<CountedStack>(stack_specification());
}

TEST(Explored, MichaelScottQueueIsLinearizable) {
  expect_linearizable<Queue>(queue_specification());
}

TEST(Explored, AtomicNumberIsLinearizable) {
  expect_linearizable<AtomicNumber>(atomic_specification());
  expect_linearizable<AtomicNumber>(atomic_specification(),
                                    {.units = 3, .most_calls = 1, .programs = 20});
}

TEST(Explored, QueueThatLosesALinkShrinksToTheCallsThatShowIt) {
  const Fault fault = found<TornQueue>(queue_specification());
  EXPECT_EQ(text_of(fault.calls, queue_specification()),
            "unit 0: enqueue(1001) dequeue()\nunit 1: enqueue(2001) dequeue()\n");
  EXPECT_NE(fault.text.find("not linearizable: "), std::string::npos) << fault.text;
  EXPECT_NE(fault.text.find("schedule: "), std::string::npos) << fault.text;
}

TEST(Explored, TornUpdateShrinksToTwoOfThem) {
  const Fault fault = found<TornNumber>(atomic_specification());
  ASSERT_EQ(fault.calls.size(), 2U);
  EXPECT_EQ(fault.calls[0].size() + fault.calls[1].size(), 2U) << fault.text;
}

// Each value that it returns was there once: only what came after what makes it wrong.
TEST(Explored, ValueFromThePastIsFoundByItsTime) {
  const Fault fault = found<RememberedNumber>(atomic_specification());
  EXPECT_NE(fault.text.find("load()"), std::string::npos) << fault.text;
}

// ABA: unit 0 is about to pop the first node while unit 1 takes both and puts the first one back.
TEST(Explored, StackThatDoesNotCountChangesIsCaught) {
  const Call pop{static_cast<std::uint8_t>(ContainerMethod::kTake), 0, 0};
  const auto push = [](std::int64_t value) { return Call{0, 0, value}; };
  const Calls calls = {{pop}, {push(1), push(2), pop, pop, push(3), push(4), pop}};
  Coverage coverage;
  const auto of = [&coverage]<typename Stack>() {
    return explored<Stack>(stack_specification(), all_of_them(), coverage);
  };
  const auto fault = of.template operator()<UncountedStack<Controlled>>()(calls);
  ASSERT_TRUE(fault.has_value());
  EXPECT_FALSE(of.template operator()<CountedStack<Controlled>>()(calls).has_value());
  EXPECT_EQ(coverage.exhausted, 1U);
}

}  // namespace
}  // namespace assay::linearizability
