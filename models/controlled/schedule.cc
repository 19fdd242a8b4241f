#include "models/controlled/schedule.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "models/controlled/enumeration.h"

namespace assay::controlled {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEF";
static_assert(kLetters.size() == kMaxUnits);
constexpr std::string_view kHex = "0123456789abcdef";

/// A run: the same proc, this many times.
struct Turn {
  Proc proc;
  std::size_t first;
  std::size_t count;
};

std::vector<Turn> turns_of(const std::vector<Proc>& steps) {
  std::vector<Turn> turns;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (turns.empty() || turns.back().proc != steps[i]) turns.push_back({steps[i], i, 0});
    ++turns.back().count;
  }
  return turns;
}

/// FNV-1a over what an event did (G. Fowler, L. Noll, K. Vo).
class Digest {
 public:
  void add(const Event& event) {
    add(event.proc);
    add(static_cast<std::uint64_t>(event.op.kind));
    add(static_cast<std::uint64_t>(event.op.order));
    add(event.op.object);
    add(event.read);
    add(event.did_write ? event.written + 1 : 0);
    add(event.succeeded ? 1 : 0);
  }
  [[nodiscard]] char digit() const { return kHex[(state_ ^ (state_ >> 32)) % 16]; }

 private:
  void add(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) {
      state_ = (state_ ^ (value & 0xFF)) * 0x100000001B3U;
      value >>= 8;
    }
  }
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

/// One digit a run of steps.
std::string digits_of(const std::vector<Proc>& steps, const std::vector<Event>& events) {
  std::string digits;
  Digest digest;
  std::size_t event = 0;
  for (const Turn& turn : turns_of(steps)) {
    std::size_t left = turn.count;
    // Inline events belong to the step before them.
    while (event < events.size() && (left > 0 || events[event].op.has(Op::kInline))) {
      if (!events[event].op.has(Op::kInline)) --left;
      digest.add(events[event++]);
    }
    digits += digest.digit();
  }
  return digits;
}

[[noreturn]] void refuse(std::string_view text, std::size_t at, const std::string& expected) {
  throw std::invalid_argument("expected " + expected + " at character " + std::to_string(at + 1) +
                              " of the schedule '" + std::string(text) + "'");
}

std::string steps_text(const Turn& turn) {
  return "steps " + std::to_string(turn.first + 1) + " to " +
         std::to_string(turn.first + turn.count);
}

std::optional<std::string> compare_digits(const Schedule& schedule, const Story& story) {
  if (schedule.digits.empty()) return std::nullopt;
  const std::string found = digits_of(story.schedule, story.events);
  const std::vector<Turn> turns = turns_of(story.schedule);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (found[i] != schedule.digits[i])
      return "the execution did something else in " + steps_text(turns[i]) +
             ": expected the digit " + schedule.digits[i] + ", found " + found[i];
  }
  return std::nullopt;
}

std::string waits_of(const Execution& execution, std::size_t unit) {
  if (!execution.pends(unit)) return "";
  const Op& op = execution.announced(unit);
  std::string text = word_of(op);
  if (op.kind == OpKind::kJoin) return text + " unit " + std::to_string(op.index);
  if (op.object != kNoObject) text += " " + execution.name_of_object(op.object);
  for (const Execution::Lock& lock : execution.locks()) {
    if (lock.object == op.object && lock.holder != kNobody)
      text += " (held by unit " + std::to_string(lock.holder) + ")";
  }
  return text;
}

/// True when the failure is the one that is looked for.
bool same(const Failing& a, const Failing& b) {
  return a.kind == b.kind && (a.kind != FailureKind::kAssertion || a.text == b.text);
}

}  // namespace

std::string to_text(const std::vector<Proc>& steps, const std::vector<Event>& events) {
  std::string text;
  for (const Turn& turn : turns_of(steps)) {
    if (is_buffer(turn.proc)) text += '!';
    text += kLetters[unit_of(turn.proc)];
    if (turn.count > 1) text += std::to_string(turn.count);
  }
  return events.empty() ? text : text + "-" + digits_of(steps, events);
}

Schedule parse_schedule(std::string_view text) {
  constexpr std::size_t kMost = 1'000'000;
  Schedule schedule;
  std::size_t at = 0;
  while (at < text.size() && text[at] != '-') {
    const bool buffer = text[at] == '!';
    if (buffer) ++at;
    const std::size_t unit = at < text.size() ? kLetters.find(text[at]) : std::string_view::npos;
    if (unit == std::string_view::npos) refuse(text, at, "a unit (a to z, A to F)");
    ++at;
    std::size_t count = 0;
    const std::size_t digits = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && count < kMost; ++at)
      count = count * 10 + static_cast<std::size_t>(text[at] - '0');
    if (at == digits) count = 1;
    if (count == 0 || schedule.steps.size() + count > kMost)
      refuse(text, digits, "a number of steps from 1, and at most a million in all,");
    schedule.steps.insert(schedule.steps.end(), count,
                          buffer ? buffer_of(unit) : static_cast<Proc>(unit));
  }
  if (at < text.size()) schedule.digits = text.substr(at + 1);
  if (schedule.digits.find_first_not_of(kHex) != std::string::npos)
    refuse(text, at + 1 + schedule.digits.find_first_not_of(kHex), "a hexadecimal digit");
  if (!schedule.digits.empty() && schedule.digits.size() != turns_of(schedule.steps).size())
    refuse(text, at + 1, "one digit for each run of steps, or none,");
  return schedule;
}

Story replay(Subject& subject, const ExecutionOptions& options, const Schedule& schedule) {
  const auto execution = std::make_unique<Execution>();
  execution->set_recording(true);
  Story story;
  Outcome outcome;
  const auto pick = [&](const Execution& now, std::uint64_t choices) -> Proc {
    if (now.steps() == schedule.steps.size()) return kNobody;
    const Proc proc = schedule.steps[now.steps()];
    if ((choices & bit(proc)) != 0) return proc;
    story.mismatch = "step " + std::to_string(now.steps() + 1) + " cannot be taken: " +
                     (is_buffer(proc) ? "the store buffer of unit " : "unit ") +
                     std::to_string(unit_of(proc)) +
                     (is_buffer(proc) ? " is empty" : " waits, has ended or is none");
    return kNobody;
  };
  run_once(*execution, subject, options, outcome, pick);
  story.units = execution->units();
  story.schedule.assign(execution->schedule(), execution->schedule() + execution->steps());
  story.events = execution->events();
  for (std::uint16_t i = 0; i < execution->objects(); ++i) {
    story.objects.push_back(execution->name_of_object(i));
    story.initial.push_back(execution->object(i).initial);
  }
  for (std::size_t unit = 0; unit < story.units; ++unit)
    story.waits.push_back(execution->choices() == 0 ? waits_of(*execution, unit) : "");
  story.failures = failures_of(*execution);
  if (execution->all_ended()) story.outcome = outcome;
  if (!story.mismatch && story.schedule.size() < schedule.steps.size())
    story.mismatch = "the execution ended after step " + std::to_string(story.schedule.size()) +
                     " of " + std::to_string(schedule.steps.size());
  if (!story.mismatch) story.mismatch = compare_digits(schedule, story);
  story.unfinished = !story.mismatch && story.failures.empty() && execution->choices() != 0;
  return story;
}

Minimal minimize(Subject& subject, const ExecutionOptions& options, const Failing& failing,
                 std::uint64_t budget) {
  const auto execution = std::make_unique<Execution>();
  Minimal best{failing, 0, false};
  bool found = false;
  bool more = true;
  for (std::uint32_t bound = 0; !found && more; ++bound) {
    Enumeration schedules(bound);
    std::size_t shortest = options.max_steps;
    do {
      if (budget-- == 0) return best;
      Outcome outcome;
      run_once(*execution, subject, options, outcome,
               [&](const Execution& now, std::uint64_t choices) {
                 return now.steps() >= shortest ? kNobody : schedules.pick(now, choices);
               });
      for (Failing& other : failures_of(*execution)) {
        if (!same(other, failing) || (found && other.schedule.size() >= shortest)) continue;
        shortest = other.schedule.size();
        best = {std::move(other), bound, false};
        found = true;
      }
    } while (schedules.next());
    more = schedules.bounded();
  }
  best.certain = found;
  return best;
}

}  // namespace assay::controlled
