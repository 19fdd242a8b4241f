/// Skynet: a tree in which each node waits for its ten children; a leaf is its number, a node the
/// sum of what is below it, and so the root knows the sum of all leaves.
///
/// Nodes are units, level by level, the root first. The runtime starts them in that order, and all
/// are alive before the first leaf is one. Source: github.com/atemerev/skynet, in which every node
/// starts its children by itself.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/unit.h"

namespace assay {

inline constexpr std::size_t kSkynetChildren = 10;

/// Of a whole tree with so many leaves: a power of ten.
std::size_t nodes_of_tree(std::size_t leaves);

/// The sum that the root must come to.
constexpr std::uint64_t sum_of_leaves(std::uint64_t leaves) { return leaves * (leaves - 1) / 2; }

/// A node whose children are all units of one kernel task.
struct PlainNode {
  std::uint64_t sum = 0;
  std::uint32_t missing = 0;
  void add(std::uint64_t part) {
    sum += part;
    --missing;
  }
  [[nodiscard]] bool complete() const { return missing == 0; }
};

/// A unit's part; `nodes` has one for each unit, of which inner ones miss their children.
template <typename Node>
Task be_node(Unit& unit, Node* nodes, std::size_t leaves) {
  const std::size_t inner = unit.count() - leaves;
  Node& node = nodes[unit.index()];
  if (unit.index() < inner) {
    while (!node.complete()) co_await unit.yield();
  } else {
    node.sum = unit.index() - inner;
  }
  if (unit.index() > 0) nodes[(unit.index() - 1) / kSkynetChildren].add(node.sum);
}

/// What a loop by hand keeps of its coroutines.
enum class Kept : std::uint8_t {
  kNothing,
  kEnds,  ///< How each ended, also when it threw, and what it takes to remove it: as bodies do.
};

/// The tree of coroutines in this process by a loop by hand, and through the layers. Both return
/// the number of leaves when the sum is right, and 0 otherwise.
std::uint64_t skynet_by_hand(std::size_t leaves, Kept kept);
std::uint64_t skynet_by_bodies(std::size_t leaves);

}  // namespace assay
