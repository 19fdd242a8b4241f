/// Reduction: depth-first search that visits one schedule of each class of equivalent ones.
///
/// Optimal dynamic partial-order reduction with wakeup trees (P. Abdulla, S. Aronsson, B. Jonsson,
/// K. Sagonas, "Optimal Dynamic Partial Order Reduction", POPL 2014; "Source Sets", JACM 64(4),
/// 2017): after each execution every race of it is reversed, and what the reversal needs is kept as
/// a branch of a tree at the place of the race; sleep sets keep what was visited from being
/// visited again. An operation that may have to wait is reversed with every earlier operation on
/// its object that it can go before, by what the object's state would be there; one that waited to
/// the end counts as well.
///
/// Memory is bounded by the longest schedule and its open branches; it does not grow with the
/// number of executions.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/controlled/execution.h"

namespace assay::controlled {

class Reduction {
 public:
  /// The next step of the current schedule; kNobody where every choice was visited before (which an
  /// optimal search never meets) or the schedule differs from the one that it repeats.
  Proc pick(const Execution& execution, std::uint64_t choices);
  /// After an execution that was recorded: finds what else has to be visited.
  void learn(const Execution& execution);
  /// Goes on to the next schedule. False when all classes were visited.
  bool next();
  /// Steps of the next schedule that repeat the last one.
  [[nodiscard]] std::size_t repeated() const { return fresh_from_; }
  /// The most open branches at any time: what memory depends on.
  [[nodiscard]] std::size_t most_branches() const { return most_branches_; }

 private:
  struct Next {
    Proc proc;
    Op op;
  };
  struct Branch {
    Next next;
    std::vector<Branch> children;
  };
  struct Level {
    std::vector<Branch> branches;  ///< The first one is being visited.
    std::vector<Next> sleep;       ///< Visited before: not to be taken first again.
  };
  using Counts = std::array<std::uint16_t, kProcs>;
  struct Known {           ///< What is known of an event of the current schedule.
    Counts before;         ///< Events of each proc that happen before it, itself included.
    std::uint16_t number;  ///< Which event of its proc it is, from 1.
  };

  [[nodiscard]] bool happens_before(std::size_t earlier, const Counts& counts) const {
    return counts[events_[earlier].proc] >= known_[earlier].number;
  }
  /// What comes before the operation whatever the order of conflicting ones.
  [[nodiscard]] Counts bound_before(const Next& next, std::size_t end) const;
  void know(std::size_t index);
  void reverse_races(const Next& next, std::size_t index);
  void reverse(std::size_t earlier, const Next& next);
  [[nodiscard]] std::vector<Next> reversal(std::size_t earlier, const Next& next) const;
  [[nodiscard]] std::vector<Event> run_without(std::size_t earlier) const;
  void insert(std::vector<Branch>& branches, std::vector<Next>& sequence);

  static bool weak_initial(const Next& next, const std::vector<Next>& sequence);

  const Execution* execution_ = nullptr;
  std::vector<Level> levels_;
  std::vector<Event> events_;
  std::vector<Known> known_;
  std::size_t fresh_from_ = 0;
  bool learned_ = false;  ///< From the last execution: a redundant one says nothing.
  std::size_t branches_ = 0;
  std::size_t most_branches_ = 0;
};

}  // namespace assay::controlled
