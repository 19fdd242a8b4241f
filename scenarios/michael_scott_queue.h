/// A queue of numbered nodes as a list (M. M. Michael, M. L. Scott, "Simple, Fast, and Practical
/// Non-Blocking and Blocking Concurrent Queue Algorithms", PODC 1996), for scenarios and for
/// histories of operations.
///
/// Guarantee: with `kLinksByExchange`, lock-free and linearizable. Without it the last node is
/// looked at and then linked by a store, so that of two nodes linked at once one is lost.
///
/// Hazard: a node is enqueued once: it is not used again after it was dequeued.
#pragma once

#include <cstddef>

#include "models/controlled/body.h"
#include "models/controlled/environment.h"

namespace assay {

template <typename Env, std::size_t kNodes, bool kLinksByExchange>
class MichaelScottQueue {
 public:
  /// `node`: 1 to kNodes.
  Routine<> enqueue(int node) {
    for (;;) {
      const int last = co_await tail_.load();
      const int next = co_await next_[last].load();
      if (next != 0) {
        co_await tail_.compare_exchange(last, next);  // Another one linked it and is not done.
      } else if (co_await link(last, node)) {
        co_await tail_.compare_exchange(last, node);
        co_return;
      }
    }
  }

  /// The node, or 0 when there is none.
  Routine<int> dequeue() {
    for (;;) {
      const int first = co_await head_.load();
      const int last = co_await tail_.load();
      const int next = co_await next_[first].load();
      if (next == 0) co_return 0;
      if (first == last) {
        co_await tail_.compare_exchange(last, next);
        continue;
      }
      const auto exchanged = co_await head_.compare_exchange(first, next);
      if (exchanged.done) co_return next;
    }
  }

 private:
  Routine<bool> link(int last, int node) {
    if constexpr (kLinksByExchange) {
      const auto exchanged = co_await next_[last].compare_exchange(0, node);
      co_return exchanged.done;
    } else {
      co_await next_[last].store(node);
      co_return true;
    }
  }

  Shared<Env, int> head_{"head"};
  Shared<Env, int> tail_{"tail"};
  SharedArray<Env, int, kNodes + 1> next_{"next"};  ///< Node 0 is the first dummy.
};

}  // namespace assay
