/// explore_unmodified: explores code that was compiled with -fsanitize=thread and is linked to this
/// library in place of ThreadSanitizer's runtime.
///
/// Guarantee: `exhausted` as for `controlled::explore`, for what is seen: accesses of code that was
/// compiled so. Libraries and inline assembly are not seen (`unseen`), and code in which no step
/// was seen is `opaque`, never verified. A loop that reads the same over and over, and counts its
/// turns, is held back after a few; what was explored is then not `exhausted`.
///
/// The search ends soon after the first failure, and when its `seconds` are over.
///
/// Hazard: on one kernel thread, with no others beside it that run the explored code.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace assay::unmodified {

struct Settings {
  std::string strategy = "dfs";          ///< dfs, random or pct.
  std::string memory_model = "sc";       ///< sc, or tso: with a store buffer a unit.
  std::uint64_t executions = 1'000'000;  ///< At most.
  std::optional<std::uint32_t> bound;    ///< Preemptions, of dfs.
  std::uint64_t seed = 1;
  std::uint32_t depth = 2;  ///< Of pct.
  bool reduce = true;
  std::uint32_t most_steps = 2000;  ///< Of one execution.
  std::optional<double> seconds;    ///< At most so many, where there is a limit.
  bool detect_races = true;
  std::string replay;            ///< A schedule, or empty.
  std::function<void()> at_end;  ///< Of each execution of several bodies; may `fail_unmodified`.
};

struct Result {
  std::uint64_t executions = 0;
  std::uint64_t failing = 0;
  bool exhausted = false;
  bool opaque = false;
  std::size_t units = 0;
  std::size_t shared = 0;             ///< Pieces of shared memory.
  std::vector<std::string> failures;  ///< Kind and text of the first of each kind.
  std::string schedule;               ///< That fails, the smallest; or empty.
  std::string text;                   ///< All of it for people, with the table of the schedule.

  [[nodiscard]] bool passed() const { return failing == 0; }
};

/// One body may start threads; of several each is a unit. Throws std::invalid_argument for settings
/// or a replay that are none.
Result explore_unmodified(const std::vector<std::function<void()>>& bodies,
                          const Settings& settings);

/// Fails the execution that runs: an assertion of the explored code did not hold.
void fail_unmodified(const std::string& text);

/// What this process holds that cannot be seen: libraries, and translation units.
std::vector<std::string> unseen();

}  // namespace assay::unmodified
