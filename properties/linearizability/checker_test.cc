// The checker against brute force, on long histories, and what it says of what is wrong.
#include "properties/linearizability/checker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

#include "models/controlled/sampling.h"

namespace assay::linearizability {
namespace {

Call put(std::int64_t value) { return {0, 0, value}; }
Call take() { return {1, 0, 0}; }

/// All orders, one by one: no list of events, no memory, no parts but those of the specification.
bool brute_force_part(const History& part, const Specification& specification) {
  std::vector<std::size_t> order(part.size());
  std::iota(order.begin(), order.end(), 0U);
  do {
    bool fits = true;
    for (std::size_t i = 0; i < order.size() && fits; ++i) {
      for (std::size_t j = i + 1; j < order.size(); ++j)
        fits &= part[order[j]].returned >= part[order[i]].invoked;
    }
    State state = specification.initial();
    for (std::size_t i = 0; i < order.size() && fits; ++i)
      fits = specification.run(state, part[order[i]].call) == part[order[i]].result;
    if (fits) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

bool brute_force(const History& history, const Specification& specification) {
  const auto parts = specification.parts(history);
  return std::all_of(parts.begin(), parts.end(),
                     [&](const History& part) { return brute_force_part(part, specification); });
}

/// What really happened on a sequential object, in an order that units overlap in, and with a
/// probability of one in `lies` a result that is not so (0: none).
class Simulation {
 public:
  Simulation(const Specification& specification, std::size_t units, std::uint64_t seed,
             std::uint32_t lies)
      : specification_(specification), random_(seed), lies_(lies), open_(units) {}

  History run(std::size_t calls) {
    while (history_.size() < calls || std::any_of(open_.begin(), open_.end(), is_open)) {
      const auto unit = random_.below(static_cast<std::uint32_t>(open_.size()));
      if (!is_open(open_[unit])) {
        if (history_.size() < calls) invoke(unit);
      } else if (!open_[unit].done) {
        take_effect(open_[unit]);
      } else {
        history_[open_[unit].place].returned = ++time_;
        open_[unit] = {};
      }
    }
    return history_;
  }

 private:
  struct Open {
    std::size_t place = kNone;
    bool done = false;
  };
  static constexpr std::size_t kNone = ~std::size_t{0};
  static bool is_open(const Open& open) { return open.place != kNone; }

  void invoke(std::size_t unit) {
    const auto methods = static_cast<std::uint32_t>(specification_.methods().size());
    Call call{static_cast<std::uint8_t>(random_.below(methods)), 0, 0};
    const Method& method = specification_.methods()[call.method];
    if (method.takes_key) call.key = random_.below(2);
    if (method.takes_value) call.value = method.unique_value ? ++unique_ : random_.below(3);
    open_[unit] = {history_.size(), false};
    history_.push_back({unit, call, 0, ++time_, kNever});
  }

  void take_effect(Open& open) {
    Operation& operation = history_[open.place];
    operation.result = specification_.run(state_, operation.call);
    const bool lies = lies_ != 0 && random_.below(lies_) == 0;
    if (lies && specification_.methods()[operation.call.method].returns_value)
      operation.result = random_.below(2) == 0 ? kNothing : 1 + random_.below(3);
    open.done = true;
  }

  const Specification& specification_;
  controlled::Random random_;
  std::uint32_t lies_;
  State state_ = specification_.initial();
  std::vector<Open> open_;
  History history_;
  std::int64_t unique_ = 0;
  std::uint64_t time_ = 0;
};

const std::map<std::string, const Specification*>& specifications() {
  static const std::map<std::string, const Specification*> kAll = {
      {"stack", &stack_specification()},
      {"queue", &queue_specification()},
      {"atomic", &atomic_specification()}};
  return kAll;
}

TEST(Checker, AgreesWithBruteForce) {
  auto all = specifications();
  all["map"] = &map_specification();
  for (const auto& [name, specification] : all) {
    std::map<bool, int> seen;
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
      const std::size_t calls = 3 + seed % 4;
      // The state of a map is that of one key; what a mixture of them returns is often wrong.
      const History history = Simulation(*specification, 2 + seed % 2, seed, 8).run(calls);
      const bool expected = brute_force(history, *specification);
      ASSERT_EQ(check(history, *specification).linearizable, expected)
          << name << ", seed " << seed << "\n"
          << draw(history, *specification);
      ++seen[expected];
    }
    EXPECT_GT(seen[true], 300) << name;
    EXPECT_GT(seen[false], 300) << name;
  }
}

// Where few overlap the search goes on from call to call; with `tried` for time. What of two values
// pushed at once is on top may show much later, so stacks are only easy when they are not that
// long.
TEST(Checker, IsLinearInLongHistoriesOfFewUnits) {
  for (const auto& [name, specification] : specifications()) {
    const std::size_t calls = name == "stack" ? 1'000 : 20'000;
    const History history = Simulation(*specification, 4, 11, 0).run(calls);
    const Verdict verdict = check(history, *specification);
    EXPECT_TRUE(verdict.linearizable) << name << ": " << verdict.tried;
    EXPECT_LT(verdict.tried, 20 * history.size()) << name << ": " << verdict.tried;
  }
}

// Without memory the same operations would be tried in every order of those that overlap.
TEST(Checker, RemembersWhatItTried) {
  History history;
  for (std::size_t unit = 0; unit < 8; ++unit)
    history.push_back({unit, {3, 0, 1}, static_cast<std::int64_t>(unit), 1, 100});
  history.push_back({0, {0, 0, 0}, 99, 101, 102});
  const Verdict verdict = check(history, atomic_specification());
  EXPECT_FALSE(verdict.linearizable);
  EXPECT_EQ(verdict.order.size(), 8U);
  for (Operation& operation : history) operation.call.value = 0;  // All orders lead to one state.
  for (Operation& operation : history) operation.result = 0;
  history.back().result = 99;
  EXPECT_LT(check(history, atomic_specification()).tried, 8U << 8U);
}

TEST(Checker, WhatPendsMayHaveHappenedOrNot) {
  const Operation pending{0, put(1), 0, 1, kNever};
  EXPECT_TRUE(check({pending, {1, take(), 1, 2, 3}}, queue_specification()).linearizable);
  EXPECT_TRUE(check({pending, {1, take(), kNothing, 2, 3}}, queue_specification()).linearizable);
  EXPECT_FALSE(check({pending, {1, take(), 2, 2, 3}}, queue_specification()).linearizable);
}

TEST(Specifications, OfAQueueOfProducersOrdersEachOneAlone) {
  // 1001 and 1002 are of unit 0, 2001 of unit 1.
  const History puts = {{0, put(1001), 0, 1, 2}, {0, put(1002), 0, 3, 4}, {1, put(2001), 0, 5, 6}};
  const auto with = [&puts](std::int64_t first, std::int64_t second) {
    History history = puts;
    history.push_back({2, take(), first, 7, 8});
    history.push_back({2, take(), second, 9, 10});
    return history;
  };
  const Specification& relaxed = producer_queue_specification();
  EXPECT_TRUE(check(with(2001, 1001), relaxed).linearizable);
  EXPECT_FALSE(check(with(2001, 1001), queue_specification()).linearizable);
  EXPECT_FALSE(check(with(1002, 1001), relaxed).linearizable);
  EXPECT_FALSE(check(with(2001, 2001), relaxed).linearizable);
  EXPECT_FALSE(check(with(kNothing, 1001), relaxed).linearizable);  // It ran alone.
  History overlapped = with(kNothing, 1001);
  overlapped.push_back({1, take(), 1001, 7, 8});
  overlapped[4].result = 1002;
  EXPECT_TRUE(check(overlapped, relaxed).linearizable);
}

TEST(Minimal, HistoryKeepsWhatIsWrong) {
  History history = {{0, put(1), 0, 1, 4},         {1, put(2), 0, 2, 3},  {0, take(), 1, 5, 6},
                     {1, put(3), 0, 7, 8},         {0, put(4), 0, 9, 12}, {1, take(), 3, 10, 13},
                     {0, take(), kNothing, 14, 15}};
  EXPECT_FALSE(check(history, queue_specification()).linearizable);
  EXPECT_EQ(draw(minimal(history, queue_specification()), queue_specification()),
            "event  unit 0        unit 1\n"
            "    1                + enqueue(2)\n"
            "    2                -\n"
            "    3                + enqueue(3)\n"
            "    4                -\n"
            "    5                + dequeue()\n"
            "    6                - = 3\n"
            "not linearizable: after unit 1 enqueue(2); unit 1 enqueue(3)\n"
            "  unit 1 dequeue() = 3 does not fit: expected = 2\n");
}

TEST(Minimal, OnlyTheKeyThatIsWrongIsLeft) {
  const History history = {{0, {0, 0, 5}, 1, 1, 2},
                           {1, {0, 1, 6}, 1, 1, 3},
                           {0, {1, 1, 0}, 6, 4, 5},
                           {1, {1, 0, 0}, kNothing, 6, 7}};
  const History smallest = minimal(history, map_specification());
  ASSERT_EQ(smallest.size(), 2U);
  for (const Operation& operation : smallest) EXPECT_EQ(operation.call.key, 0);
}

}  // namespace
}  // namespace assay::linearizability
