#include "properties/linearizability/checker.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace assay::linearizability {
namespace {

/// Chosen operations and the state that they lead to, as one list of numbers.
using Key = std::vector<std::int64_t>;

struct KeyHash {
  std::size_t operator()(const Key& key) const {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const std::int64_t number : key) {
      hash = (hash ^ static_cast<std::uint64_t>(number)) * 0x100000001B3U;
      hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
  }
};

/// The search in one part, whose operations are sorted by invocation.
class Search {
 public:
  Search(const History& part, const Specification& specification)
      : part_(part),
        specification_(specification),
        ranks_(specification.ranks(part)),
        chosen_(part.size()) {
    link_events();
  }

  bool run() {
    State state = specification_.initial();
    std::vector<Level> levels;
    levels.push_back(open(state));
    while (complete_ > 0) {
      Level& level = levels.back();
      if (level.next < level.candidates.size()) {
        const std::size_t operation = level.candidates[level.next++];
        state = level.state;
        if (!choose(operation, state)) continue;
        levels.push_back(open(state));
        if (order_.size() > longest_.size()) longest_ = order_;
      } else {
        levels.pop_back();
        if (levels.empty()) return false;
        undo();
      }
    }
    return true;
  }

  [[nodiscard]] const std::vector<std::size_t>& longest() const { return longest_; }
  [[nodiscard]] std::uint64_t tried() const { return tried_; }

 private:
  // Events are a list: 0 is its head, 1 + 2i the call of operation i, 2 + 2i its return.
  static constexpr std::size_t kHead = 0;
  static bool is_call(std::size_t event) { return event % 2 == 1; }
  static std::size_t call_of(std::size_t operation) { return 1 + 2 * operation; }
  static std::size_t operation_of(std::size_t event) { return (event - 1) / 2; }

  /// After some operations: the state, and those that may come next, the likely ones first.
  struct Level {
    State state;
    std::vector<std::size_t> candidates;
    std::size_t next = 0;
  };

  void link_events() {
    std::vector<std::pair<std::uint64_t, std::size_t>> events;
    for (std::size_t i = 0; i < part_.size(); ++i) {
      // Of equal times the call comes first: such operations overlap.
      events.emplace_back(part_[i].invoked * 2, call_of(i));
      if (part_[i].pends()) continue;
      events.emplace_back(part_[i].returned * 2 + 1, call_of(i) + 1);
      ++complete_;
    }
    std::sort(events.begin(), events.end());
    next_.assign(2 * part_.size() + 1, kHead);
    previous_ = next_;
    std::size_t last = kHead;
    for (const auto& [time, event] : events) {
      next_[last] = event;
      previous_[event] = last;
      last = event;
    }
    next_[last] = kHead;
    previous_[kHead] = last;
  }

  /// What was called before the first return of those that are not chosen.
  Level open(const State& state) const {
    Level level{state, {}, 0};
    for (std::size_t event = next_[kHead]; event != kHead && is_call(event); event = next_[event])
      level.candidates.push_back(operation_of(event));
    std::sort(level.candidates.begin(), level.candidates.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(ranks_[a], a) < std::pair(ranks_[b], b);
    });
    return level;
  }

  /// Takes it as the next one, unless it does not fit or what follows was tried before.
  bool choose(std::size_t operation, State& state) {
    ++tried_;
    const std::int64_t result = specification_.run(state, part_[operation].call);
    if (!part_[operation].pends() && result != part_[operation].result) return false;
    order_.push_back(operation);
    lows_.push_back(low_);
    chosen_[operation] = true;
    while (low_ < chosen_.size() && chosen_[low_]) ++low_;
    lift(operation);
    if (seen_.insert(key_of(state)).second) return true;
    undo();
    return false;
  }

  void undo() {
    const std::size_t operation = order_.back();
    order_.pop_back();
    low_ = lows_.back();
    lows_.pop_back();
    chosen_[operation] = false;
    unlift(operation);
  }

  /// Chosen are all operations before `low_`, and those that are listed.
  [[nodiscard]] Key key_of(const State& state) const {
    Key key = {static_cast<std::int64_t>(low_)};
    std::size_t left = order_.size() - low_;
    for (std::size_t i = low_ + 1; left > 0; ++i) {
      if (!chosen_[i]) continue;
      key.push_back(static_cast<std::int64_t>(i));
      --left;
    }
    key.push_back(-1);
    key.insert(key.end(), state.begin(), state.end());
    return key;
  }

  void lift(std::size_t operation) {
    unlink(call_of(operation));
    if (part_[operation].pends()) return;
    unlink(call_of(operation) + 1);
    --complete_;
  }
  void unlift(std::size_t operation) {
    if (!part_[operation].pends()) {
      relink(call_of(operation) + 1);
      ++complete_;
    }
    relink(call_of(operation));
  }
  void unlink(std::size_t event) {
    next_[previous_[event]] = next_[event];
    previous_[next_[event]] = previous_[event];
  }
  void relink(std::size_t event) {
    next_[previous_[event]] = event;
    previous_[next_[event]] = event;
  }

  const History& part_;
  const Specification& specification_;
  std::vector<std::uint64_t> ranks_;
  std::vector<bool> chosen_;
  std::size_t low_ = 0;       ///< All operations before this one are chosen.
  std::size_t complete_ = 0;  ///< Operations that returned and are not chosen.
  std::vector<std::size_t> next_;
  std::vector<std::size_t> previous_;
  std::vector<std::size_t> order_;  ///< What is chosen, and `low_` before each choice.
  std::vector<std::size_t> lows_;
  std::vector<std::size_t> longest_;
  std::unordered_set<Key, KeyHash> seen_;
  std::uint64_t tried_ = 0;
};

void sort_by_invocation(History& history) {
  std::sort(history.begin(), history.end(), [](const Operation& a, const Operation& b) {
    return std::pair(a.invoked, a.unit) < std::pair(b.invoked, b.unit);
  });
}

bool wrong(const History& history, const Specification& specification) {
  return !check(history, specification).linearizable;
}

/// What was known at `time`: later calls did not happen, later returns not yet.
History until(const History& history, std::uint64_t time) {
  History before;
  for (Operation operation : history) {
    if (operation.invoked > time) continue;
    if (operation.returned > time) operation.returned = kNever;
    before.push_back(operation);
  }
  return before;
}

History cut(const History& history, const Specification& specification) {
  std::vector<std::uint64_t> returns;
  for (const Operation& operation : history) {
    if (!operation.pends()) returns.push_back(operation.returned);
  }
  std::sort(returns.begin(), returns.end());
  // Once it is wrong it stays wrong.
  const auto first = std::partition_point(returns.begin(), returns.end(), [&](std::uint64_t time) {
    return !wrong(until(history, time), specification);
  });
  return first == returns.end() ? history : until(history, *first);
}

History without_groups(History history, const Specification& specification) {
  for (std::size_t i = history.size(); i > 0; --i) {
    if (i > history.size()) continue;
    const std::optional<std::int64_t> group = specification.group(history[i - 1]);
    if (!group && !history[i - 1].pends()) continue;
    History fewer;
    for (std::size_t j = 0; j < history.size(); ++j) {
      // What pends and belongs to no group may not have happened.
      const bool goes = group ? specification.group(history[j]) == group : j == i - 1;
      if (!goes) fewer.push_back(history[j]);
    }
    if (wrong(fewer, specification)) history = std::move(fewer);
  }
  return history;
}

}  // namespace

Verdict check(const History& history, const Specification& specification) {
  Verdict verdict;
  for (History& part : specification.parts(history)) {
    sort_by_invocation(part);
    Search search(part, specification);
    verdict.linearizable = search.run();
    verdict.tried += search.tried();
    if (verdict.linearizable) continue;
    verdict.order = search.longest();
    verdict.part = std::move(part);
    break;
  }
  return verdict;
}

History minimal(const History& wrong_history, const Specification& specification) {
  History history = cut(wrong_history, specification);
  history = check(history, specification).part;
  return without_groups(std::move(history), specification);
}

}  // namespace assay::linearizability
