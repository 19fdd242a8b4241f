#include "stress/skynet.h"

#include <coroutine>
#include <exception>
#include <memory>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/frame_pool.h"

namespace assay {
namespace {

std::vector<PlainNode> tree(std::size_t leaves) {
  std::vector<PlainNode> nodes(nodes_of_tree(leaves));
  for (std::size_t i = 0; i < nodes.size() - leaves; ++i) nodes[i].missing = kSkynetChildren;
  return nodes;
}

/// What a ring of handles by hand needs, and nothing else.
struct Bare {
  struct promise_type {
    Bare get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { std::terminate(); }
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
  };
  std::coroutine_handle<> handle;
};

class Ring {
 public:
  explicit Ring(std::size_t units) {
    std::size_t size = 64;
    while (size < units) size *= 2;
    slots_ = std::make_unique<void*[]>(size);
    mask_ = size - 1;
  }
  void push(std::coroutine_handle<> handle) { slots_[tail_++ & mask_] = handle.address(); }
  void run() {
    while (head_ != tail_) {
      std::coroutine_handle<>::from_address(slots_[head_++ & mask_]).resume();
    }
  }

 private:
  std::unique_ptr<void*[]> slots_;
  std::size_t mask_ = 0;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

struct Yield {
  Ring& ring;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> handle) { ring.push(handle); }
  void await_resume() {}
};

[[gnu::noinline]] Bare bare_node(Ring& ring, PlainNode* nodes, std::size_t index,
                                 std::size_t inner) {
  PlainNode& node = nodes[index];
  if (index < inner) {
    while (!node.complete()) co_await Yield{ring};
  } else {
    node.sum = index - inner;
  }
  if (index > 0) nodes[(index - 1) / kSkynetChildren].add(node.sum);
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

std::uint64_t skynet_by_hand(std::size_t leaves) {
  std::vector<PlainNode> nodes = tree(leaves);
  Ring ring(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    ring.push(bare_node(ring, nodes.data(), i, nodes.size() - leaves).handle);
  }
  ring.run();
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
