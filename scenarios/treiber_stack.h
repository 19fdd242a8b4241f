/// A stack of numbered nodes as a list (R. K. Treiber, "Systems Programming: Coping with
/// Parallelism", IBM RJ 5118, 1986), for scenarios and for histories of operations.
///
/// Guarantee: with `kCounted`, lock-free and linearizable, also where nodes are used again. Without
/// it the top is compared by its node alone: it may be the same node with another one below (ABA).
///
/// Hazard: who pushes a node must own it. The count of changes has no bound but that of int.
#pragma once

#include <array>
#include <cstddef>

#include "models/controlled/body.h"
#include "models/controlled/environment.h"

namespace assay {

template <typename Env, std::size_t kNodes, bool kCounted>
class TreiberStack {
 public:
  /// Nodes 1 to `filled`, with 1 on top.
  explicit TreiberStack(int filled = 0)
      : top_("top", filled > 0 ? 1 : 0), below_("below", links(filled)) {}

  /// The node, or 0 when there is none.
  Routine<int> pop() {
    int seen = co_await top_.load();
    while (seen % kCount != 0) {
      const int node = seen % kCount;
      const int lower = co_await below_[static_cast<std::size_t>(node)].load();
      const auto exchanged = co_await top_.compare_exchange(seen, changed(seen, lower));
      if (exchanged.done) co_return node;
      seen = exchanged.old;
    }
    co_return 0;
  }

  /// `node`: 1 to kNodes.
  Routine<> push(int node) {
    int seen = co_await top_.load();
    for (;;) {
      co_await below_[static_cast<std::size_t>(node)].store(seen % kCount);
      const auto exchanged = co_await top_.compare_exchange(seen, changed(seen, node));
      if (exchanged.done) co_return;
      seen = exchanged.old;
    }
  }

  /// After all units ended.
  [[nodiscard]] int top() const { return top_.value() % kCount; }

 private:
  static constexpr int kCount = 100;  ///< The top is 100 times the count, plus the node.
  static_assert(kNodes < kCount);

  static int changed(int top, int node) {
    return kCounted ? (top / kCount + 1) * kCount + node : node;
  }
  /// Each node above the one after it.
  static std::array<int, kNodes + 1> links(int filled) {
    std::array<int, kNodes + 1> below{};
    for (int node = 1; node < filled; ++node) below[static_cast<std::size_t>(node)] = node + 1;
    return below;
  }

  Shared<Env, int> top_;
  SharedArray<Env, int, kNodes + 1> below_;
};

}  // namespace assay
