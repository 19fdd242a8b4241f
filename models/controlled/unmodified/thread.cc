#include "models/controlled/unmodified/thread.h"

#include <cxxabi.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "models/controlled/unmodified/image.h"

// Of libstdc++ (mutex.cc): what std::call_once hands to the function that pthread_once calls.
// NOLINTBEGIN(readability-identifier-naming)
namespace std {
extern __thread void* __once_callable;
extern __thread void (*__once_call)();
}  // namespace std
// NOLINTEND(readability-identifier-naming)

namespace assay::unmodified {

bool observing = false;

namespace {

namespace context = boost::context::detail;

Thread* running_thread = nullptr;

/// The Itanium C++ ABI, 2.2.2: the beginning of __cxa_eh_globals.
struct ExceptionGlobals {
  void* caught;
  unsigned uncaught;
};

ExceptionGlobals& exception_globals() {
  return *reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
}

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

Ambient Ambient::now() {
  const ExceptionGlobals& exceptions = exception_globals();
  return {exceptions.caught, exceptions.uncaught, errno, std::__once_callable, std::__once_call};
}

void Ambient::put_back() const {
  exception_globals() = {caught_exceptions, uncaught_exceptions};
  errno = error;
  std::__once_callable = once_callable;
  std::__once_call = once_call;
}

Thread::Thread(std::size_t unit, std::function<void()> body)
    : unit_(unit), body_(std::move(body)), tls_(Image::mine().tls_initial()) {
  inside_ = context::make_fcontext(reinterpret_cast<void*>(world::stack_top(unit)),
                                   world::kStackBytes, &Thread::begin);
}

Thread* Thread::running() { return running_thread; }

void Thread::start() { frame = drive(*this).frame; }

/// The coroutine that the execution resumes when a step of the thread is taken.
controlled::UnitBody Thread::drive(Thread& thread) {
  thread.handle = co_await OwnHandle{};
  for (;;) {
    thread.enter();
    if (thread.thrown_) std::rethrow_exception(std::exchange(thread.thrown_, nullptr));
    if (thread.ended_) co_return;
    co_await std::suspend_always();
  }
}

void Thread::enter() {
  Thread* const caller = std::exchange(running_thread, this);
  const Ambient outer = Ambient::now();
  const auto tls = Image::mine().tls();
  std::vector<std::byte> outer_tls(tls.begin(), tls.end());
  std::copy(tls_.begin(), tls_.end(), tls.begin());
  ambient_.put_back();
  inside_ = context::jump_fcontext(inside_, this).fctx;
  ambient_ = Ambient::now();
  std::copy(tls.begin(), tls.end(), tls_.begin());
  std::copy(outer_tls.begin(), outer_tls.end(), tls.begin());
  outer.put_back();
  running_thread = caller;
}

void Thread::give_way() { outside_ = context::jump_fcontext(outside_, nullptr).fctx; }

void Thread::begin(context::transfer_t transfer) {
  auto& thread = *static_cast<Thread*>(transfer.data);
  thread.outside_ = transfer.fctx;
  thread.run_body();
  thread.ended_ = true;
  thread.give_way();
  std::terminate();  // Nobody enters a thread that has ended.
}

void Thread::run_body() noexcept {
  try {
    observing = true;
    body_();
    observing = false;
  } catch (...) {
    observing = false;
    thrown_ = std::current_exception();
  }
}

}  // namespace assay::unmodified
