#include "models/coroutine/coroutine_costs.h"

#include <coroutine>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include "models/frame_pool.h"
#include "models/ready_queue.h"

namespace assay {
namespace {

/// A coroutine with a frame from the pool, as the runtime's own, and nothing else.
class Frame {
 public:
  struct promise_type {
    Frame get_return_object() {
      return Frame(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { std::terminate(); }
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
  };

  Frame(Frame&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  Frame& operator=(Frame&&) = delete;
  ~Frame() {
    if (handle_) handle_.destroy();
  }
  [[nodiscard]] std::coroutine_handle<> handle() const { return handle_; }

 private:
  explicit Frame(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

Frame count_once(std::uint64_t& ran) {
  ++ran;
  co_return;
}

/// Neither inlined nor transparent, so that the frame is made indeed.
[[gnu::noinline]] Frame create(std::uint64_t& ran) {
  Frame frame = count_once(ran);
  void* escaped = frame.handle().address();
  asm volatile("" : : "r"(escaped) : "memory");
  return frame;
}

struct ThroughQueue {
  ReadyQueue* queue;
  bool await_ready() const noexcept { return false; }
  SuspendResult await_suspend(std::coroutine_handle<> suspended) {
    return queue->push_and_take(suspended);
  }
  void await_resume() const noexcept {}
};

Frame turns_through_queue(ReadyQueue& queue, std::uint64_t& turns, std::uint64_t bound) {
  while (turns < bound) {
    ++turns;
    co_await ThroughQueue{&queue};
  }
}

std::uint64_t switch_through_queue(std::uint64_t switches) {
  ReadyQueue queue;
  std::uint64_t turns = 0;
  const Frame first = turns_through_queue(queue, turns, switches);
  const Frame second = turns_through_queue(queue, turns, switches);
  queue.push(first.handle());
  queue.push(second.handle());
  while (!queue.empty()) queue.take().resume();
  return turns;
}

/// Where to go; each of the two knows the other by its place here.
struct Peers {
  std::coroutine_handle<> handles[2];
};

struct ToPeer {
  std::coroutine_handle<> peer;
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const noexcept { return peer; }
  void await_resume() const noexcept {}
};

Frame turns_by_transfer(const Peers& peers, int peer, std::uint64_t& turns, std::uint64_t bound) {
  while (turns < bound) {
    ++turns;
    co_await ToPeer{peers.handles[peer]};
  }
}

std::uint64_t switch_by_transfer(std::uint64_t switches) {
  Peers peers;
  std::uint64_t turns = 0;
  const Frame first = turns_by_transfer(peers, 1, turns, switches);
  const Frame second = turns_by_transfer(peers, 0, turns, switches);
  peers.handles[0] = first.handle();
  peers.handles[1] = second.handle();
  first.handle().resume();
  return turns;
}

class CoroutineCosts : public NativeCosts {
 public:
  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    std::uint64_t ran = 0;
    if (batch == 1) {
      for (std::uint64_t r = 0; r < rounds; ++r) create(ran).handle().resume();
      return ran;
    }
    frames_.reserve(batch);
    for (std::uint64_t r = 0; r < rounds; ++r) {
      for (std::uint64_t i = 0; i < batch; ++i) frames_.push_back(create(ran));
      for (const Frame& frame : frames_) frame.handle().resume();
      frames_.clear();
    }
    return ran;
  }

  /// Both run on the calling thread, whatever cores they are given.
  std::uint64_t ping_pong(std::uint64_t switches, int core_a, int core_b) override {
    (void)core_a;
    (void)core_b;
    return switch_through_queue(switches);
  }

  [[nodiscard]] bool runs_across_cores() const override { return false; }

  [[nodiscard]] std::vector<CostVariant> variants() override {
    // Elsewhere a transfer is a call, and a million of them overflow the stack.
    if constexpr (!kSymmetricTransfer) return {};
    return {{"symmetric_transfer", false,
             [](std::uint64_t switches, int) { return switch_by_transfer(switches); }}};
  }

 private:
  std::vector<Frame> frames_;
};

}  // namespace

NativeCosts& coroutine_costs() {
  static CoroutineCosts costs;
  return costs;
}

}  // namespace assay
