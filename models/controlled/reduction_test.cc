// The reduced search against brute force: as many executions as there are inequivalent
// interleavings, and the outcomes of the unreduced search.
#include "models/controlled/reduction.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/controlled/enumeration.h"
#include "models/controlled/explore.h"
#include "models/controlled/testing_programs.h"

namespace assay::controlled {
namespace {

/// Increments of one variable, each a load and then a store.
template <std::size_t kIncrements>
struct Increments {
  Shared<Controlled, int> x{"x"};
  Body<Controlled> body(UnitOf<Controlled>) {
    for (std::size_t i = 0; i < kIncrements; ++i) {
      const int seen = co_await x.read();
      co_await x.write(seen + 1);
    }
  }
  void finish(Outcome& outcome) { outcome.record(x.value()); }
};

/// The same without any code of the controlled runtime: all orders of the units' steps.
struct BruteForce {
  std::size_t units;
  std::size_t increments;
  std::size_t interleavings = 0;
  std::set<std::string> classes;
  std::map<int, std::size_t> finals;

  void run(std::string order = "") {
    const std::size_t steps = 2 * increments;
    if (order.size() == units * steps) return count(order);
    for (std::size_t unit = 0; unit < units; ++unit) {
      const auto letter = static_cast<char>('a' + unit);
      const auto taken = static_cast<std::size_t>(std::count(order.begin(), order.end(), letter));
      if (taken < steps) run(order + letter);
    }
  }

 private:
  void count(const std::string& order) {
    ++interleavings;
    // Two steps commute when both only read, of different units. The class is told by what every
    // read saw, in terms of whose write it was, and by the order of all writes.
    std::vector<std::size_t> taken(units);
    std::vector<int> seen(units);
    int value = 0;
    std::string last = "-";
    std::string reads;
    std::string writes;
    std::vector<std::string> by_unit(units);
    for (const char letter : order) {
      const auto unit = static_cast<std::size_t>(letter - 'a');
      const std::string name = letter + std::to_string(taken[unit]);
      if (taken[unit]++ % 2 == 0) {
        seen[unit] = value;
        by_unit[unit] += last + " ";
      } else {
        value = seen[unit] + 1;
        last = name;
        writes += name + " ";
      }
    }
    for (const std::string& unit : by_unit) reads += unit + "|";
    classes.insert(reads + writes);
    ++finals[value];
  }
};

template <std::size_t kIncrements>
void expect_exact(std::size_t units, std::size_t interleavings, std::size_t inequivalent) {
  BruteForce brute{units, kIncrements, 0, {}, {}};
  brute.run();
  ASSERT_EQ(brute.interleavings, interleavings);
  ASSERT_EQ(brute.classes.size(), inequivalent);
  ScenarioSubject<Increments<kIncrements>> subject(units);
  ExploreOptions options;
  const Exploration reduced = explore(subject, options);
  options.reduce = false;
  const Exploration all = explore(subject, options);
  EXPECT_EQ(all.executions, interleavings);
  EXPECT_EQ(reduced.executions, inequivalent);
  EXPECT_EQ(reduced.redundant, 0U);
  EXPECT_TRUE(all.exhausted);
  EXPECT_TRUE(reduced.exhausted);
  for (const auto& [value, count] : brute.finals) {
    Outcome outcome;
    outcome.record(value);
    EXPECT_EQ(reduced.outcomes.count(outcome), 1U) << value;
    const auto found = all.outcomes.find(outcome);
    ASSERT_NE(found, all.outcomes.end()) << value;
    EXPECT_EQ(found->second, count) << value;
  }
  EXPECT_EQ(reduced.outcomes.size(), brute.finals.size());
}

TEST(Reduction, VisitsEachClassOfIncrementsOnce) {
  expect_exact<1>(2, 6, 4);
  expect_exact<1>(3, 90, 36);
  expect_exact<2>(2, 70, 34);
  expect_exact<2>(3, 34'650, 7'134);
}

TEST(Reduction, MemoryDoesNotGrowWithExecutions) {
  ScenarioSubject<Increments<2>> subject(3);
  ExploreOptions options;
  options.executions = 700;
  const Exploration tenth = explore(subject, options);
  options.executions = 10'000'000;
  const Exploration whole = explore(subject, options);
  ASSERT_GT(whole.executions, 10 * tenth.executions);
  // Open branches: of the schedule's 12 steps, none with more than a few.
  EXPECT_LT(whole.most_branches, 2 * tenth.most_branches + 12);
}

/// What an execution is up to swaps of neighbours that commute: of its events that could come first
/// always the one of the smallest proc.
std::string normal_form(std::vector<Event> events) {
  std::string text;
  while (!events.empty()) {
    std::size_t best = events.size();
    for (std::size_t i = 0; i < events.size(); ++i) {
      const bool first = std::none_of(
          events.begin(), events.begin() + static_cast<std::ptrdiff_t>(i), [&](const Event& other) {
            return dependent(other.proc, other.op, events[i].proc, events[i].op);
          });
      if (first && (best == events.size() || events[i].proc < events[best].proc)) best = i;
    }
    text += std::to_string(events[best].proc) + word_of(events[best].op) + " ";
    events.erase(events.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return text;
}

struct Everything {
  std::set<std::string> classes;
  std::set<std::string> ends;
  std::uint64_t executions = 0;
};

/// What must be the same for equivalent executions and found by both searches.
std::string end_of(const Execution& execution, const Outcome& outcome) {
  return outcome.text() + " failures " + std::to_string(execution.failure_kinds()) +
         (execution.race() ? " race" : "");
}

template <typename Search>
Everything visit(Subject& subject, const ExecutionOptions& options, Search search,
                 std::uint64_t most, const std::function<void(Search&, Execution&)>& learn) {
  Everything all;
  const auto execution = std::make_unique<Execution>();
  execution->set_recording(true);
  do {
    Outcome outcome;
    const bool complete = run_once(
        *execution, subject, options, outcome,
        [&](const Execution& e, std::uint64_t choices) { return search.pick(e, choices); });
    EXPECT_TRUE(complete) << "redundant execution";
    if (!complete) break;
    learn(search, *execution);
    ++all.executions;
    all.classes.insert(normal_form(execution->events()));
    all.ends.insert(end_of(*execution, outcome));
  } while (all.executions < most && search.next());
  return all;
}

/// Programs of a few operations: every one that RapidCheck comes up with has the same classes and
/// ends under both searches, and the reduced one visits no class twice.
void check_program(const TestProgram& program, MemoryModel memory) {
  constexpr std::uint64_t kMost = 3'000;
  ExecutionOptions options;
  options.memory = memory;
  ProgramSubject subject(program);
  const auto all =
      visit<Enumeration>(subject, options, Enumeration(), kMost, [](Enumeration&, Execution&) {});
  RC_PRE(all.executions < kMost);
  const auto reduced =
      visit<Reduction>(subject, options, Reduction(), kMost,
                       [](Reduction& search, Execution& execution) { search.learn(execution); });
  RC_ASSERT(reduced.ends == all.ends);
  RC_ASSERT(reduced.classes.size() == all.classes.size());
  RC_ASSERT(reduced.executions == all.classes.size());
}

RC_GTEST_PROP(Reduction, AgreesWithAllSchedulesOfGeneratedPrograms, ()) {
  check_program(*generated_program(), MemoryModel::kSc);
}

RC_GTEST_PROP(Reduction, AgreesWithAllSchedulesUnderTso, ()) {
  check_program(*generated_program(), MemoryModel::kTso);
}

}  // namespace
}  // namespace assay::controlled
