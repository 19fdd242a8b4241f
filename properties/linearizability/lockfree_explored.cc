// boost::lockfree's stack and queue as they are installed, under every interleaving of a few calls:
// each history is linearizable. Sequential consistency only; data races are looked at in
// lockfree_faults_test.cc.
//
// Seen is all that they do: on x86-64 their pointers carry a tag of 16 bits in one word of 64 bits,
// which std::atomic exchanges by an instruction. Where a pointer and its tag are two words, an
// exchange is a call into libatomic, which is not instrumented: that could not be seen.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/stack.hpp>
#include <cstdint>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "properties/linearizability/checker.h"

namespace assay::linearizability {
namespace {

using Queue = boost::lockfree::queue<std::int64_t>;
using Stack = boost::lockfree::stack<std::int64_t>;

Call put(std::int64_t value) {
  return {static_cast<std::uint8_t>(ContainerMethod::kPut), 0, value};
}
Call take() { return {static_cast<std::uint8_t>(ContainerMethod::kTake), 0, 0}; }

const Specification& specification_of(const Queue&) { return queue_specification(); }
const Specification& specification_of(const Stack&) { return stack_specification(); }

/// A container and the history of its calls.
template <typename Container>
class Recorded {
 public:
  explicit Recorded(std::size_t units) : histories_(units) {}

  void call(std::size_t unit, const Call& call) {
    // Read when a call begins, changed when it ends: the order of a return and an invocation is
    // then a difference between interleavings. Relaxed, so that nothing happens before anything by
    // it.
    const std::uint64_t returns_before = returns_.load(std::memory_order_relaxed);
    const std::int64_t result = carry_out(call);
    const std::uint64_t number = returns_.fetch_add(1, std::memory_order_relaxed) + 1;
    histories_[unit].push_back({unit, call, result, 2 * returns_before + 1, 2 * number});
  }
  void call_all(std::size_t unit, const std::vector<Call>& calls) {
    for (const Call& one : calls) call(unit, one);
  }
  /// Takes until nothing is left, and looks at all that happened.
  void expect_linearizable() {
    do call(0, take());
    while (histories_[0].back().result != kNothing);
    History history;
    for (const History& part : histories_) history.insert(history.end(), part.begin(), part.end());
    const Specification& specification = specification_of(container_);
    EXPECT_TRUE(check(history, specification).linearizable)
        << "\n"
        << draw(minimal(history, specification), specification);
  }

 private:
  std::int64_t carry_out(const Call& call) {
    if (static_cast<ContainerMethod>(call.method) == ContainerMethod::kPut)
      return container_.push(call.value) ? 0 : kNothing;
    std::int64_t value = 0;
    return container_.pop(value) ? value : kNothing;
  }

  Container container_{2};
  std::atomic<std::uint64_t> returns_{0};
  std::vector<History> histories_;
};

/// What is in the container before, and what each unit calls.
template <typename Container>
void expect_linearizable(const std::vector<Call>& before, const Calls& calls) {
  Recorded<Container> recorded(calls.size());
  recorded.call_all(0, before);
  std::vector<std::thread> others;
  for (std::size_t unit = 1; unit < calls.size(); ++unit)
    others.emplace_back([&, unit] { recorded.call_all(unit, calls[unit]); });
  recorded.call_all(0, calls[0]);
  for (std::thread& other : others) other.join();
  recorded.expect_linearizable();
}

template <typename Container>
class Lockfree : public testing::Test {};
using Containers = testing::Types<Queue, Stack>;
struct Names {
  template <typename Container>
  static std::string GetName(int) {  // NOLINT(readability-identifier-naming): GoogleTest's name.
    return std::is_same_v<Container, Queue> ? "Queue" : "Stack";
  }
};
TYPED_TEST_SUITE(Lockfree, Containers, Names);

TYPED_TEST(Lockfree, PutsAtOnce) { expect_linearizable<TypeParam>({}, {{put(1)}, {put(2)}}); }

TYPED_TEST(Lockfree, PutsWhileAnotherTakes) {
  expect_linearizable<TypeParam>({}, {{put(1), put(2)}, {take()}});
}

TYPED_TEST(Lockfree, TakesAtOnce) {
  expect_linearizable<TypeParam>({put(1), put(2)}, {{take()}, {take()}});
}

TYPED_TEST(Lockfree, TakesTheLastAtOnce) {
  expect_linearizable<TypeParam>({put(1)}, {{take()}, {take()}});
}

// Nodes that were taken are put again, and one of two elements at least is there all the time.
TYPED_TEST(Lockfree, UsesNodesAgain) {
  expect_linearizable<TypeParam>({put(1), put(2)}, {{take()}, {take(), put(3)}});
}

TYPED_TEST(Lockfree, OfThreeUnits) {
  expect_linearizable<TypeParam>({put(1)}, {{put(2)}, {take()}, {take()}});
}

}  // namespace
}  // namespace assay::linearizability
