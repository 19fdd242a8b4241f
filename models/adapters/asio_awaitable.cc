#include <poll.h>
#include <unistd.h>

#include <asio.hpp>

#include "models/adapters/adapter.h"
#include "models/adapters/adapters.h"
#include "models/registry.h"

namespace assay {
namespace {

asio::awaitable<void> wait_for(const Suspended::Wish& wish, asio::io_context& loop) {
  if (wish.fd >= 0) {
    // Of a copy, because an io_context watches a descriptor for one object only.
    asio::posix::stream_descriptor copy(loop, dup(wish.fd));
    const auto direction = (wish.events & POLLOUT) != 0 ? copy.wait_write : copy.wait_read;
    co_await copy.async_wait(direction, asio::use_awaitable);
  } else if (wish.delay.count() > 0) {
    co_await asio::steady_timer(loop, wish.delay).async_wait(asio::use_awaitable);
  } else {
    co_await asio::post(asio::use_awaitable);
  }
}

/// One unit: waits, again and again, for whatever its body waits for, and resumes it.
asio::awaitable<void> drive(Unit& unit, const Suspended& suspended, asio::io_context& loop) {
  unit.start().resume();
  while (!unit.ended()) {
    const Suspended::Wish wish = suspended.last;
    co_await wait_for(wish, loop);
    while (!wish.waiter->resume_if_ready()) co_await asio::post(asio::use_awaitable);
  }
}

void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

class AsioAwaitable : public StacklessRuntime {
 public:
  AsioAwaitable()
      : StacklessRuntime(
            "asio", "Asio awaitables on an io_context with one thread",
            {.unit = "Asio 1.22, C++20 Coroutines Support: co_spawn on an execution context",
             .turns = "Asio 1.22, io_context: handlers run only in threads that call run()",
             .stack = "Asio 1.22, awaitable; C++20 [dcl.fct.def.coroutine]: a frame, no stack",
             .limit = "Asio 1.22, awaitable; C++20 [dcl.fct.def.coroutine]/9: a unit is its frame",
             .waiting =
                 "Asio 1.22, basic_waitable_timer and posix::stream_descriptor: async_wait"}) {}

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override {
    asio::io_context loop(1);
    Suspended suspended;
    run.switching = &suspended;
    run.contains_exceptions = true;  // co_spawn hands an exception to the unit's own handler.
    for (Unit& unit : units) asio::co_spawn(loop, drive(unit, suspended, loop), &rethrow);
    loop.run_for(bound);
    run.give_up_running("at the bound; its frame was destroyed");
    for (Unit& unit : units) unit.destroy();
  }
};

}  // namespace

BodyRuntime& asio_awaitable() {
  static AsioAwaitable runtime;
  return runtime;
}

static const RuntimeRegistration kRegistered(asio_awaitable());

}  // namespace assay
