#include <poll.h>
#include <unistd.h>

#include <boost/context/protected_fixedsize_stack.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>
#include <vector>

#include "models/adapters/adapter.h"
#include "models/adapters/adapters.h"
#include "models/registry.h"

namespace assay {
namespace {

constexpr std::size_t kStackBytes = std::size_t{512} * 1024;

class Fibers : public Switching {
 public:
  [[nodiscard]] bool blocks() const override { return true; }
  void yield() override { boost::this_fiber::yield(); }
  void sleep_for(std::chrono::nanoseconds duration) override {
    boost::this_fiber::sleep_for(duration);
  }
  /// Boost.Fiber has no I/O: a fiber that waits for some looks again after a while.
  void wait_fd(int fd, short events) override {
    pollfd wait{fd, events, 0};
    while (poll(&wait, 1, 0) == 0) boost::this_fiber::sleep_for(std::chrono::microseconds(50));
  }
};

/// A chapter of the library's documentation.
std::string chapter(const char* rest) { return std::string("Boost.Fiber 1.81, ") + rest; }

class BoostFiber : public FiberRuntime {
 public:
  BoostFiber()
      : FiberRuntime("boost_fiber", "Boost.Fiber with its own round robin, on one thread",
                     {.unit = chapter("Overview: fibers of a thread share its resources"),
                      .turns = chapter("Overview: a fiber runs until it blocks or yields"),
                      .stack = chapter("Stack allocation; Boost.Context 1.81, Overview"),
                      .limit = chapter("Class protected_fixedsize_stack; mmap(2): ENOMEM "
                                       "at vm.max_map_count"),
                      .waiting = chapter("this_fiber::sleep_for suspends the fiber")}) {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    Fibers switching;
    run.switching = &switching;
    using Stacks = boost::context::protected_fixedsize_stack;
    std::vector<boost::fibers::fiber> fibers;
    const bool made = make_each(run, units, [&](Unit& unit) {
      fibers.emplace_back(std::allocator_arg, Stacks(kStackBytes), [&unit] { unit.run_to_end(); });
    });
    // Fibers cannot be dropped, and may wait for those that could not be made.
    if (!made && run.hosted) _exit(0);
    for (boost::fibers::fiber& fiber : fibers) fiber.join();
  }
};

}  // namespace

BodyRuntime& boost_fiber() {
  static BoostFiber runtime;
  return runtime;
}

static const RuntimeRegistration kRegistered(boost_fiber());

}  // namespace assay
