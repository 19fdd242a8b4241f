#include "stress/skynet.h"

#include <coroutine>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "stress/by_hand.h"

namespace assay {
namespace {

std::vector<PlainNode> tree(std::size_t leaves) {
  std::vector<PlainNode> nodes(nodes_of_tree(leaves));
  for (std::size_t i = 0; i < nodes.size() - leaves; ++i) nodes[i].missing = kSkynetChildren;
  return nodes;
}

struct Yield {
  Ring& ring;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> handle) { ring.push(handle); }
  void await_resume() {}
};

template <typename Coroutine>
[[gnu::noinline]] Coroutine node_by_hand(Ring& ring, PlainNode* nodes, std::size_t index,
                                         std::size_t inner) {
  PlainNode& node = nodes[index];
  if (index < inner) {
    while (!node.complete()) co_await Yield{ring};
  } else {
    node.sum = index - inner;
  }
  if (index > 0) nodes[(index - 1) / kSkynetChildren].add(node.sum);
}

void run_bare(std::vector<PlainNode>& nodes, std::size_t inner) {
  Ring ring(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    ring.push(node_by_hand<Bare>(ring, nodes.data(), i, inner).handle);
  }
  ring.run();
}

/// False when one did not complete.
bool run_recorded(std::vector<PlainNode>& nodes, std::size_t inner) {
  Ring ring(nodes.size());
  const auto start = [&](std::size_t i) {
    return node_by_hand<Recorded>(ring, nodes.data(), i, inner);
  };
  return run_recorded(nodes.size(), ring, start, [&] { ring.run(); }).all_completed();
}

std::uint64_t right(const std::vector<PlainNode>& nodes, std::size_t leaves) {
  return nodes.front().sum == sum_of_leaves(leaves) ? leaves : 0;
}

}  // namespace

std::size_t nodes_of_tree(std::size_t leaves) {
  std::size_t nodes = leaves;
  for (std::size_t level = leaves; level > 1; nodes += level) level /= kSkynetChildren;
  return nodes;
}

std::uint64_t skynet_by_hand(std::size_t leaves, Kept kept) {
  std::vector<PlainNode> nodes = tree(leaves);
  const std::size_t inner = nodes.size() - leaves;
  if (kept == Kept::kEnds) return run_recorded(nodes, inner) ? right(nodes, leaves) : 0;
  run_bare(nodes, inner);
  return right(nodes, leaves);
}

std::uint64_t skynet_by_bodies(std::size_t leaves) {
  std::vector<PlainNode> nodes = tree(leaves);
  Bodies bodies;
  bodies.count = nodes.size();
  bodies.bound = std::chrono::seconds(60);
  bodies.task = [&](Unit& unit) { return be_node(unit, nodes.data(), leaves); };
  const BodyResult result = coroutine().run_here(bodies);
  return result.completed() ? right(nodes, leaves) : 0;
}

}  // namespace assay
