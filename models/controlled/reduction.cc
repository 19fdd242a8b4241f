#include "models/controlled/reduction.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "models/controlled/enabledness.h"

namespace assay::controlled {
namespace {

template <typename Counts>
void join(Counts& to, const Counts& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = std::max(to[i], from[i]);
}

}  // namespace

Proc Reduction::pick(const Execution& execution, std::uint64_t choices) {
  const std::size_t depth = execution.steps();
  if (depth < levels_.size()) {
    const Proc chosen = levels_[depth].branches.front().next.proc;
    return (choices & bit(chosen)) != 0 ? chosen : kNobody;
  }
  Level level;
  if (depth > 0) {
    Level& before = levels_[depth - 1];
    const Next& taken = before.branches.front().next;
    level.branches = std::move(before.branches.front().children);
    before.branches.front().children.clear();
    for (const Next& asleep : before.sleep) {
      if (!dependent(asleep.proc, asleep.op, taken.proc, taken.op)) level.sleep.push_back(asleep);
    }
  }
  if (level.branches.empty()) {
    std::uint64_t awake = choices;
    for (const Next& asleep : level.sleep) awake &= ~bit(asleep.proc);
    if (awake == 0) return kNobody;
    // Whoever took the last step goes on: schedules that are easy to read.
    const Proc last = depth > 0 ? execution.schedule()[depth - 1] : kNobody;
    const bool goes_on = last != kNobody && (awake & bit(last)) != 0;
    const auto proc = goes_on ? last : static_cast<Proc>(std::countr_zero(awake));
    level.branches.push_back({{proc, execution.next_op(proc)}, {}});
    ++branches_;
  }
  const Proc chosen = level.branches.front().next.proc;
  if ((choices & bit(chosen)) == 0) return kNobody;
  levels_.push_back(std::move(level));
  return chosen;
}

Reduction::Counts Reduction::bound_before(const Next& next, std::size_t end) const {
  Counts counts{};
  for (std::size_t i = 0; i < end; ++i) {
    const Event& event = events_[i];
    if (event.proc == next.proc || bound_together(event.proc, event.op, next.proc, next.op))
      join(counts, known_[i].before);
  }
  return counts;
}

void Reduction::know(std::size_t index) {
  const Event& event = events_[index];
  Known& known = known_[index];
  known.before = bound_before({event.proc, event.op}, index);
  known.number = static_cast<std::uint16_t>(known.before[event.proc] + 1);
  for (std::size_t i = 0; i < index; ++i) {
    if (conflict(events_[i].op, event.op)) join(known.before, known_[i].before);
  }
  known.before[event.proc] = known.number;
}

void Reduction::learn(const Execution& execution) {
  execution_ = &execution;
  learned_ = true;
  events_ = execution.events();
  known_.resize(events_.size());
  for (std::size_t i = fresh_from_; i < events_.size(); ++i) know(i);
  for (std::size_t i = fresh_from_; i < events_.size(); ++i)
    reverse_races({events_[i].proc, events_[i].op}, i);
  for (std::size_t unit = 0; unit < execution.units(); ++unit) {
    if (execution.pends(unit))
      reverse_races({static_cast<Proc>(unit), execution.announced(unit)}, events_.size());
  }
}

void Reduction::reverse_races(const Next& next, std::size_t index) {
  Counts before = bound_before(next, index);
  const bool blocks = next.op.has(Op::kBlocks);
  for (std::size_t i = index; i > 0; --i) {
    const std::size_t earlier = i - 1;
    if (!conflict(events_[earlier].op, next.op) || happens_before(earlier, before)) continue;
    if (!blocks) {
      reverse(earlier, next);
      join(before, known_[earlier].before);
    } else if (enabled_after(*execution_, next.proc, next.op, run_without(earlier))) {
      reverse(earlier, next);
    }
  }
}

/// The events but `earlier` and those that happen after it.
std::vector<Event> Reduction::run_without(std::size_t earlier) const {
  std::vector<Event> events;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    if (i < earlier || !happens_before(earlier, known_[i].before)) events.push_back(events_[i]);
  }
  return events;
}

std::vector<Reduction::Next> Reduction::reversal(std::size_t earlier, const Next& next) const {
  std::vector<Next> sequence;
  for (std::size_t i = earlier + 1; i < events_.size(); ++i) {
    if (!happens_before(earlier, known_[i].before))
      sequence.push_back({events_[i].proc, events_[i].op});
  }
  sequence.push_back(next);
  return sequence;
}

/// True when `next` could come first in an execution that starts with the sequence.
bool Reduction::weak_initial(const Next& next, const std::vector<Next>& sequence) {
  for (const Next& other : sequence) {
    if (other.proc == next.proc) return true;
    if (dependent(next.proc, next.op, other.proc, other.op)) return false;
  }
  return true;
}

void Reduction::reverse(std::size_t earlier, const Next& next) {
  std::vector<Next> sequence = reversal(earlier, next);
  Level& level = levels_[earlier];
  const bool visited = std::any_of(level.sleep.begin(), level.sleep.end(), [&](const Next& asleep) {
    return weak_initial(asleep, sequence);
  });
  if (!visited) insert(level.branches, sequence);
}

void Reduction::insert(std::vector<Branch>& branches, std::vector<Next>& sequence) {
  for (Branch& branch : branches) {
    if (!weak_initial(branch.next, sequence)) continue;
    const auto same = std::find_if(sequence.begin(), sequence.end(),
                                   [&](const Next& next) { return next.proc == branch.next.proc; });
    if (same != sequence.end()) sequence.erase(same);
    // Whatever follows a leaf will be found from there.
    if (branch.children.empty() || sequence.empty()) return;
    return insert(branch.children, sequence);
  }
  std::vector<Branch>* at = &branches;
  for (const Next& next : sequence) {
    at->push_back({next, {}});
    at = &at->back().children;
    ++branches_;
  }
  most_branches_ = std::max(most_branches_, branches_);
}

bool Reduction::next() {
  while (!levels_.empty()) {
    Level& level = levels_.back();
    level.sleep.push_back(level.branches.front().next);
    level.branches.erase(level.branches.begin());
    --branches_;
    if (!level.branches.empty()) {
      const std::size_t fresh = levels_.size() - 1;
      fresh_from_ = learned_ ? fresh : std::min(fresh_from_, fresh);
      learned_ = false;
      return true;
    }
    levels_.pop_back();
  }
  return false;
}

}  // namespace assay::controlled
