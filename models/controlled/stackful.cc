#include "models/controlled/stackful.h"

#include <boost/context/detail/fcontext.hpp>
#include <exception>
#include <vector>

#include "models/adapters/guarded_stack.h"
#include "models/sanitized.h"

#if defined(ASSAY_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif

namespace assay::controlled {
namespace {

namespace context = boost::context::detail;

constexpr std::size_t kStackBytes = 128 * 1024;

/// Stacks that wait for their next use.
std::vector<std::unique_ptr<GuardedStack>>& spare_stacks() {
  static thread_local std::vector<std::unique_ptr<GuardedStack>> stacks;
  return stacks;
}

std::unique_ptr<GuardedStack> take_stack() {
  const Unseen unseen;
  auto& spare = spare_stacks();
  if (spare.empty()) return std::make_unique<GuardedStack>(kStackBytes);
  std::unique_ptr<GuardedStack> stack = std::move(spare.back());
  spare.pop_back();
  return stack;
}

thread_local StackfulUnit* running = nullptr;

}  // namespace

struct StackfulUnit::State {
  std::function<void()> function;
  std::unique_ptr<GuardedStack> stack = take_stack();
  context::fcontext_t inside = nullptr;   ///< Where the function goes on.
  context::fcontext_t outside = nullptr;  ///< Where the caller of `run` goes on.
  std::exception_ptr thrown;
  bool ended = false;
  bool abandoned = false;
  StackfulUnit* caller = nullptr;
#if defined(ASSAY_ASAN)
  void* fake_stack_inside = nullptr;
  void* fake_stack_outside = nullptr;
  const void* outside_bottom = nullptr;
  std::size_t outside_bytes = 0;
#endif

  ASSAY_UNINSTRUMENTED void enter() {
#if defined(ASSAY_ASAN)
    __sanitizer_start_switch_fiber(&fake_stack_outside, stack->usable().data(), kStackBytes);
#endif
    inside = context::jump_fcontext(inside, this).fctx;
#if defined(ASSAY_ASAN)
    __sanitizer_finish_switch_fiber(fake_stack_outside, nullptr, nullptr);
#endif
  }

  ASSAY_UNINSTRUMENTED void leave() {
#if defined(ASSAY_ASAN)
    // At the end the stack is given up, and with it what AddressSanitizer keeps for it.
    __sanitizer_start_switch_fiber(ended ? nullptr : &fake_stack_inside, outside_bottom,
                                   outside_bytes);
#endif
    arrive(context::jump_fcontext(outside, nullptr).fctx);
  }

  /// First thing on the unit's stack after each switch to it.
  ASSAY_UNINSTRUMENTED void arrive(context::fcontext_t from) {
    outside = from;
#if defined(ASSAY_ASAN)
    __sanitizer_finish_switch_fiber(fake_stack_inside, &outside_bottom, &outside_bytes);
#endif
  }

  [[noreturn]] ASSAY_UNINSTRUMENTED static void start(context::transfer_t transfer) {
    auto& state = *static_cast<State*>(transfer.data);
    state.arrive(transfer.fctx);
    state.call();
    state.ended = true;
    state.leave();
    std::terminate();  // Nobody enters a unit that has ended.
  }

  ASSAY_UNINSTRUMENTED void call() noexcept {
    try {
      function();
    } catch (const Abandoned&) {
      abandoned = true;  // As it was asked to.
    } catch (...) {
      thrown = std::current_exception();
    }
  }
};

StackfulUnit::StackfulUnit(std::function<void()> function) : state_(std::make_unique<State>()) {
  state_->function = std::move(function);
  std::byte* const top = state_->stack->usable().data() + kStackBytes;
  state_->inside = context::make_fcontext(top, kStackBytes, &State::start);
}

StackfulUnit::~StackfulUnit() {
  state_->abandoned = true;
  // What was never entered has nothing to unwind.
  while (!ended() && state_->outside != nullptr) run();
  const Unseen unseen;
  spare_stacks().push_back(std::move(state_->stack));
}

ASSAY_UNINSTRUMENTED void StackfulUnit::run() {
  state_->caller = running;
  running = this;
  state_->enter();
  running = state_->caller;
  if (state_->thrown) std::rethrow_exception(std::exchange(state_->thrown, nullptr));
}

bool StackfulUnit::ended() const { return state_->ended; }

ASSAY_UNINSTRUMENTED void StackfulUnit::give_way() {
  if (!state_->abandoned) state_->leave();
  if (state_->abandoned) throw Abandoned{};
}

StackfulUnit* StackfulUnit::mine() { return running; }

namespace {

/// The handle of the coroutine that asks for it.
struct OwnHandle {
  std::coroutine_handle<> handle;
  bool await_ready() { return false; }
  bool await_suspend(std::coroutine_handle<> own) {
    handle = own;
    return false;
  }
  std::coroutine_handle<> await_resume() { return handle; }
};

}  // namespace

ASSAY_UNINSTRUMENTED UnitBody run_stackful(std::function<void()> function) {
  StackfulUnit unit(std::move(function));
  unit.coroutine = co_await OwnHandle{};
  for (;;) {
    unit.run();
    if (unit.ended()) co_return;
    co_await std::suspend_always();
  }
}

}  // namespace assay::controlled
