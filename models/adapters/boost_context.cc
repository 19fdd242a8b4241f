#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <vector>

#include "models/adapters/adapters.h"
#include "models/adapters/round_robin.h"
#include "models/registry.h"

namespace assay {
namespace {

namespace context = boost::context;

class Contexts : public RoundRobin {
 public:
  explicit Contexts(std::span<Unit> units) : RoundRobin(units) {}

  void add() {
    const context::stack_context stack = stacks_.allocate();
    add_stack({static_cast<std::byte*>(stack.sp) - kStackBytes, kStackBytes});
    fibers_.emplace_back(
        std::allocator_arg, context::preallocated(stack.sp, stack.size, stack), stacks_,
        [this](context::fiber&& scheduler) { return start(std::move(scheduler)); });
  }
  void run() { take_turns(); }

 private:
  context::fiber start(context::fiber&& scheduler) {
    scheduler_ = std::move(scheduler);
    run_current();
    return std::move(scheduler_);
  }
  void enter() override {
    const std::size_t unit = current();
    fibers_[unit] = std::move(fibers_[unit]).resume();
  }
  void leave() override { scheduler_ = std::move(scheduler_).resume(); }

  context::protected_fixedsize_stack stacks_{kStackBytes};
  std::vector<context::fiber> fibers_;
  context::fiber scheduler_;
};

/// A chapter of the library's documentation.
std::string chapter(const char* rest) { return std::string("Boost.Context 1.81, ") + rest; }

class BoostContext : public RoundRobinRuntime<Contexts> {
 public:
  BoostContext()
      : RoundRobinRuntime("boost_context", "Boost.Context fibers that take turns on one thread",
                          {.unit = chapter("Overview: cooperative multitasking on one thread"),
                           .turns = chapter("Class fiber: control passes by resume() only"),
                           .stack = chapter("Overview: stack pointer and registers are kept"),
                           .limit = chapter("Class protected_fixedsize_stack; mmap(2): ENOMEM "
                                            "at vm.max_map_count"),
                           .waiting = "poll(2), when no fiber can go on"}) {}
};

}  // namespace

BodyRuntime& boost_context() {
  static BoostContext runtime;
  return runtime;
}

static const RuntimeRegistration kRegistered(boost_context());

}  // namespace assay
