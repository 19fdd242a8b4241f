/// Schedules as text: short, printable, and checked when they are replayed.
///
/// "a2b2a-3f9": unit 0 takes two steps, unit 1 two, unit 0 one. Units are `a` to `z`, then `A` to
/// `F`; `!a` is the store buffer of unit 0. After the dash stands one hexadecimal digit for each
/// run of steps: of what all steps so far did, so that a replay that does something else is found
/// out, and where. The digits may be left out. They depend on operations and values only, not on
/// the machine or the compiler.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/controlled/explore.h"

namespace assay::controlled {

struct Schedule {
  std::vector<Proc> steps;
  std::string digits;  ///< One a run of steps, or empty.
};

/// Without digits where `events` is empty; otherwise one event a step (other than inline ones).
std::string to_text(const std::vector<Proc>& steps, const std::vector<Event>& events = {});
/// Throws std::invalid_argument, with the place, for what is no schedule.
Schedule parse_schedule(std::string_view text);

/// An execution, told so that it can be printed after it is gone.
struct Story {
  std::size_t units = 0;
  std::vector<Proc> schedule;
  std::vector<Event> events;
  std::vector<std::string> objects;    ///< Names by number.
  std::vector<std::uint64_t> initial;  ///< Values of variables before the first step, by number.
  std::vector<std::string> places;     ///< The line of source of each event, or nothing at all.
  /// Texts that stand for values, such as what an address is the address of.
  std::map<std::uint64_t, std::string> values;
  std::vector<std::string> waits;  ///< What keeps each unit from going on, or empty.
  std::vector<Failing> failures;   ///< All that was found.
  std::optional<Outcome> outcome;  ///< When all units ended.
  /// Where and how the execution did not follow the schedule: something is not controlled, or the
  /// schedule is one of another scenario, memory model or number of units.
  std::optional<std::string> mismatch;
  /// The schedule ends where nothing is wrong so far and units could go on.
  bool unfinished = false;

  [[nodiscard]] std::string text() const { return to_text(schedule, events); }
};

/// Takes the steps of the schedule, and no other.
Story replay(Subject& subject, const ExecutionOptions& options, const Schedule& schedule);

/// The same kind of failure (and the same text of an assertion) with the fewest preemptions, and of
/// those the fewest steps.
struct Minimal {
  Failing failing;
  std::uint32_t preemptions = 0;
  /// False when the budget of executions ended before all shorter schedules were tried.
  bool certain = false;
};
Minimal minimize(Subject& subject, const ExecutionOptions& options, const Failing& failing,
                 std::uint64_t budget = 200'000);

}  // namespace assay::controlled
