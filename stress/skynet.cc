#include "stress/skynet.h"

#include <atomic>
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
  std::coroutine_handle<promise_type> handle;
};

/// One that leaves a record of its end, also when it throws.
struct Recorded {
  using Record = std::atomic<EndKind>;
  struct promise_type : Bare::promise_type {
    Record* record = nullptr;
    Recorded get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never final_suspend() noexcept {
      if (record->load(std::memory_order_acquire) == EndKind::kRunning) {
        record->store(EndKind::kCompleted, std::memory_order_release);
      }
      return {};
    }
    void unhandled_exception() { record->store(EndKind::kThrew, std::memory_order_release); }
  };
  std::coroutine_handle<promise_type> handle;
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
  std::vector<Recorded::Record> records(nodes.size());
  std::vector<std::coroutine_handle<>> frames(nodes.size());
  Ring ring(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    records[i].store(EndKind::kRunning, std::memory_order_release);
    const auto handle = node_by_hand<Recorded>(ring, nodes.data(), i, inner).handle;
    handle.promise().record = &records[i];
    frames[i] = handle;
    ring.push(handle);
  }
  ring.run();
  Ends ends(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const EndKind kind = records[i].load(std::memory_order_acquire);
    if (kind == EndKind::kRunning) frames[i].destroy();
    if (kind != EndKind::kCompleted) ends.add_failure(i, {kind, 0, ""});
  }
  return ends.all_completed();
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
