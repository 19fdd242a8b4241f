/// EXPECT_EXPLORED: a scenario of your own under every interleaving, as one line of a GoogleTest.
///
///     template <typename Env>
///     struct Transfer {                       // scenarios/scenario.h says what a scenario is
///       Shared<Env, int> from{"from", 100};
///       Body<Env> body(UnitOf<Env> unit) { ... co_await from.read() ... }
///       void finish(Outcome& outcome) { outcome.require(..., "no money is lost"); }
///     };
///     TEST(Transfer, LosesNoMoney) { EXPECT_EXPLORED(Transfer, {.units = 3}); }
///     TEST(Transfer, RacesWithoutItsLock) {
///       EXPECT_EXPLORED(Unlocked, {.finds = controlled::FailureKind::kDataRace});
///     }
///
/// Guarantee: without `finds` it passes only when nothing is wrong in any execution, and under
/// Strategy::kDfs only when all of them, within the bound of preemptions if there is one, were
/// visited; with `finds` only when a failure of that kind was found. It fails with the smallest
/// schedule that fails as a table, and the command that replays it.
///
/// Replay: where the environment has ASSAY_REPLAY=NAME/UNITS/MEMORY/SCHEDULE, as a failure prints
/// it, the exploration of that scenario takes this one schedule and prints the table. It then
/// passes when nothing was wrong, or when the failure that is named by `finds` was.
///
/// What must hold is said by `unit.require`, by `Outcome::require` in `finish`, or by EXPECT_ and
/// ADD_FAILURE of GoogleTest in either: a failed assertion of its execution all the same. (What a
/// coroutine cannot say is ASSERT_, which returns.)
///
/// Hazard: what is no operation of the environment is invisible (scenarios/scenario.h); a scenario
/// without any fails. A body must not call `_exit`. Use it on the main thread; while it runs
/// nothing else of the program does. A body may be a plain function as well,
/// `void body(UnitOf<Controlled>)` (models/controlled/stackful.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/controlled/explore.h"
#include "models/controlled/subject.h"

namespace assay {

/// How to explore, and what is expected.
struct Explored {
  std::size_t units = 2;
  /// One exploration a memory model.
  std::vector<controlled::MemoryModel> memory = {controlled::MemoryModel::kSc};
  /// The defect that must be found; nothing: none may be.
  std::optional<controlled::FailureKind> finds = std::nullopt;
  controlled::Strategy strategy = controlled::Strategy::kDfs;
  std::optional<std::uint32_t> preemptions = std::nullopt;  ///< Of kDfs: at most so many.
  std::uint32_t depth = 2;                                  ///< Of kPct.
  std::uint64_t seed = 1;                                   ///< Of random choices.
  /// At most so many. Nothing: a million of kDfs, and 100,000 of random ones.
  std::optional<std::uint64_t> executions = std::nullopt;
  bool cooperative = false;  ///< True: only yields and waits give way, as in a coroutine runtime.
  bool spawned = false;      ///< True: unit 0 spawns the others.
};

/// Which test asks, for the command that a failure prints.
struct AskingTest {
  const char* suite;
  const char* name;
};

/// What EXPECT_EXPLORED came to: empty when what was expected is so, otherwise what to print.
[[nodiscard]] std::string explored_failure(controlled::Subject& subject, const char* name,
                                           const Explored& expected, const AskingTest& test);

/// For a class template over an environment, and for a class. Static, as `scenario` is
/// (scenarios/scenario.h): two files may each have a template of one name in an unnamed namespace.
template <template <typename> typename Template>
static std::unique_ptr<controlled::Subject> subject_of(std::size_t units) {
  return std::make_unique<controlled::ScenarioSubject<Template<Controlled>>>(units);
}
template <typename Scenario>
std::unique_ptr<controlled::Subject> subject_of(std::size_t units) {
  return std::make_unique<controlled::ScenarioSubject<Scenario>>(units);
}

/// `scenario`: a class template over an environment, or a class over Controlled. What follows is an
/// Explored in braces, or nothing.
#define EXPECT_EXPLORED(scenario, ...)                                                      \
  do {                                                                                      \
    const ::assay::Explored assay_expected __VA_ARGS__;                                     \
    const auto* const assay_test = ::testing::UnitTest::GetInstance()->current_test_info(); \
    const ::std::string assay_failure = ::assay::explored_failure(                          \
        *::assay::subject_of<scenario>(assay_expected.units), #scenario, assay_expected,    \
        {assay_test->test_suite_name(), assay_test->name()});                               \
    if (!assay_failure.empty()) ADD_FAILURE() << assay_failure;                             \
  } while (false)

}  // namespace assay
