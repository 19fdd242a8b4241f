/// Unit: what a body sees of the unit that runs it, and how a runtime runs a unit.
///
/// One Unit a unit of execution. A body in coroutine form (`Task(Unit&)`) awaits the operations;
/// where units have a stack of their own they are carried out at once and nothing is suspended. A
/// body in plain form (`void(BlockingUnit&)`) calls them. Between two awaits a coroutine runtime
/// may run nobody else; that is for the probes to find out, not a promise of this header.
///
/// Lifetime: a Unit outlives its body and does not move. Nothing here is thread-safe but what says
/// so: a Unit is used by its own body and by the runtime that resumes it.
#pragma once

#include <poll.h>

#include <array>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "models/channel.h"
#include "models/ends.h"
#include "models/ready_queue.h"
#include "models/task.h"

// A rare call on the way of a frequent switch: the caller need not save registers for its sake.
#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define ASSAY_KEEPS_REGISTERS __attribute__((preserve_most))
#else
#define ASSAY_KEEPS_REGISTERS
#endif

namespace assay {

class Unit;
class BlockingUnit;

/// The two forms of a body. One function serves all units; it reads `unit.index()`.
using TaskBody = std::function<Task(Unit&)>;
using BlockingBody = std::function<void(BlockingUnit&)>;

/// A suspended body and the condition under which it goes on. Lives in the suspended frame.
struct Waiter {
  std::coroutine_handle<> handle;
  /// True when the body may go on; called by the runtime, between two units. Null: at once.
  bool (*ready)(Waiter&) = nullptr;

  /// Resumes the body if it is ready, and says so. The waiter is gone then.
  bool resume_if_ready() {
    if (ready != nullptr && !ready(*this)) return false;
    handle.resume();
    return true;
  }
};

/// How the units of a runtime give way and wait: what an adapter provides, as one object for all
/// its units. Runtimes whose units block override the first group, runtimes that suspend the
/// second.
class Switching {
 public:
  virtual ~Switching() = default;

  /// True when units have a stack of their own, and an operation blocks the calling unit alone.
  [[nodiscard]] virtual bool blocks() const = 0;

  // Units that block.
  /// Must not throw.
  virtual void yield() {}
  virtual void sleep_for(std::chrono::nanoseconds duration) { (void)duration; }
  /// Waits until poll(2) would report `events` for `fd`.
  virtual void wait_fd(int fd, short events);

  // Units that suspend: have `waiter.resume_if_ready()` called later, again and again until it is
  // true.
  /// Must not throw.
  virtual void suspend(Waiter& waiter) { (void)waiter; }
  virtual void suspend_for(Waiter& waiter, std::chrono::nanoseconds duration);
  /// Default: a poll(2) without waiting each time the waiter's turn comes.
  virtual void suspend_fd(Waiter& waiter, int fd, short events);
  /// Until a message may have come to `channel`; default: its turn comes.
  virtual void suspend_on(Waiter& waiter, Channel& channel);
  /// A message was sent to `channel`.
  virtual void sent(Channel& channel) { (void)channel; }
};

/// For units that are kernel tasks of their own, or have one to themselves for as long as they
/// live.
class KernelSwitching : public Switching {
 public:
  [[nodiscard]] bool blocks() const override { return true; }
  void yield() override;
  void sleep_for(std::chrono::nanoseconds duration) override;
};

/// What the units of one run have in common. Made by BodyRuntime; shared between processes where it
/// says so.
struct Run {
  /// The ready queue of a coroutine scheduler, for the fast path of `yield`; null in other
  /// runtimes.
  ReadyQueue* ready = nullptr;
  Switching* switching = nullptr;
  Unit* units = nullptr;                   ///< All of them, in the order of their indices.
  const TaskBody* task = nullptr;          ///< Null when the body has the plain form.
  const BlockingBody* blocking = nullptr;  ///< Null when the body is a coroutine.
  /// True in a host process, which may be ended when units cannot be removed alone.
  bool hosted = false;
  /// True where all units run on one kernel task, so that counting them needs no locked
  /// instruction.
  bool one_task = false;
  /// True where every unit is a kernel task of its own, which yields by sched_yield(2) and may
  /// block: said here besides `switching`, as a virtual call after a switch of processes is always
  /// mispredicted.
  bool kernel_units = false;
  /// True: an exception of a body ends its unit alone. False: it goes on into the runtime.
  bool contains_exceptions = false;
  std::atomic<std::uint64_t>* finished = nullptr;  ///< Units that ended; in shared memory.
  EndRecords ends;                                 ///< In shared memory.
  /// Of all units of the program, where `ends` has those of this image only; otherwise empty.
  EndRecords ends_elsewhere;
  std::byte* shared = nullptr;                  ///< The program's shared state, zeroed.
  std::span<std::atomic<std::uint32_t>> locks;  ///< In shared memory; 1 when held.
  std::vector<std::unique_ptr<Channel>> channels;
  struct ReportLog* log = nullptr;

  /// How long units may go on when others could not be started, for whom they may wait.
  static constexpr std::chrono::nanoseconds kGraceAfterRefusal = std::chrono::seconds(1);

  /// Says why `first` and the units after it could not be started.
  void refuse(std::size_t first, std::string_view why) { ends.say(first, why); }
  [[nodiscard]] bool completed(std::size_t unit) const {
    return ends.kind(unit) == EndKind::kCompleted;
  }
  /// Gives up every unit that runs still.
  void give_up_running(std::string_view why);
  /// Sets how a unit ended, if nothing better is known.
  void set_end(std::size_t unit, const End& end) { ends.tell(unit, end); }
  /// The body of `unit` came to its end.
  void told_end(std::size_t unit) noexcept;
};

class Unit {
 public:
  /// One of `run.units`.
  explicit Unit(Run& run) : run_(&run) {}

  /// 0 to count() - 1.
  [[nodiscard]] std::size_t index() const { return static_cast<std::size_t>(this - run_->units); }
  [[nodiscard]] std::size_t count() const { return run_->ends.size(); }

  /// The state that all units of the run share, also across processes; zeroed, in a shared mapping.
  template <typename T>
  T& shared() const {
    return *reinterpret_cast<T*>(run_->shared);
  }

  /// Adds a number to what the run returns for this unit; works out of another process, and up to
  /// the point where a unit dies. Thread-safe. Throws std::length_error when the log is full.
  void report(std::uint64_t value);

  // Operations of a coroutine body: `co_await unit.yield()`.
  [[nodiscard]] auto yield();
  [[nodiscard]] auto sleep_for(std::chrono::nanoseconds duration);
  [[nodiscard]] auto receive(std::size_t channel, Message& message);
  [[nodiscard]] auto lock(std::size_t index);
  /// Until poll(2) would report `events` (POLLIN, POLLOUT) for `fd`.
  [[nodiscard]] auto wait_fd(int fd, short events);

  /// Never suspends; blocks only where units block and the channel is a full pipe.
  void send(std::size_t channel, std::span<const std::byte> message);
  void unlock(std::size_t index);

  /// True where units have a stack of their own: `BlockingUnit(unit)` may be used.
  [[nodiscard]] bool blocks() const { return run_->kernel_units || run_->switching->blocks(); }

  // For runtimes.

  /// Runs the body to its end in the calling unit (units that block).
  void run_to_end();
  /// Makes the coroutine and returns its handle, suspended; the caller resumes it once (units that
  /// suspend). Whatever resumes after that is done through Switching.
  std::coroutine_handle<> start();
  /// Releases the frame of a body that will never go on; nothing where it came to its end.
  void destroy();
  [[nodiscard]] bool ended() const;
  /// True when unit `unit` of the program has ended, in whatever way and whatever process.
  [[nodiscard]] bool ended(std::size_t unit) const;

  // For Task's promise.
  void told_exception();

  Run& run() { return *run_; }
  [[nodiscard]] ReadyQueue* ready() const { return run_->ready; }

  // For `yield` without a ready queue: where units block, and where they suspend.
  ASSAY_KEEPS_REGISTERS bool yield_at_once() noexcept;
  ASSAY_KEEPS_REGISTERS void yield_later(Waiter& waiter) noexcept;

 private:
  /// The coroutine of the body, suspended at its start.
  Task::Handle make_frame();

  // Two words and no more: of 100,000 coroutines that are made and end, a third of the time is
  // spent on the way to memory. So the index is where the unit lies.
  Run* run_;
  std::coroutine_handle<> frame_;
};

/// The operations of a body in plain form, each of which blocks the calling unit alone.
class BlockingUnit {
 public:
  /// Only where `unit.blocks()`.
  explicit BlockingUnit(Unit& unit) : unit_(&unit) {}

  [[nodiscard]] std::size_t index() const { return unit_->index(); }
  [[nodiscard]] std::size_t count() const { return unit_->count(); }
  template <typename T>
  T& shared() const {
    return unit_->shared<T>();
  }
  void report(std::uint64_t value) { unit_->report(value); }
  void yield() { unit_->yield_at_once(); }
  void sleep_for(std::chrono::nanoseconds duration) { switching().sleep_for(duration); }
  void send(std::size_t channel, std::span<const std::byte> message) {
    unit_->send(channel, message);
  }
  Message receive(std::size_t channel);
  void lock(std::size_t index);
  void unlock(std::size_t index) { unit_->unlock(index); }
  void wait_fd(int fd, short events) { switching().wait_fd(fd, events); }

 private:
  Switching& switching() { return *unit_->run().switching; }
  Unit* unit_;
};

namespace internal {

/// Fast path: push the handle, take the next one. Everything else is a call that keeps registers,
/// so that a body which only yields saves none. The waiter is made only where it is needed.
class YieldAwaiter {
 public:
  explicit YieldAwaiter(Unit& unit) : unit_(&unit) {}
  bool await_ready() noexcept {
    if (unit_->ready() != nullptr) [[likely]]
      return false;
    return unit_->yield_at_once();
  }
  /// The queue is found by way of the frame alone: of two switches the second cannot start before
  /// the loads between the frame and the ring are done, and every load of them counts.
  SuspendResult await_suspend(Task::Handle suspended) noexcept {
    return suspend(suspended, suspended.promise().ready);
  }
  /// For coroutines of other types that a body awaits.
  SuspendResult await_suspend(std::coroutine_handle<> suspended) noexcept {
    return suspend(suspended, unit_->ready());
  }
  void await_resume() noexcept {}

 private:
  SuspendResult suspend(std::coroutine_handle<> suspended, ReadyQueue* queue) noexcept {
    if (queue != nullptr) [[likely]]
      return queue->push_and_take(suspended);
    unit_->yield_later(*new (waiter_.data()) Waiter{suspended});
    return back_to_scheduler();
  }

  Unit* unit_;
  alignas(Waiter) std::array<std::byte, sizeof(Waiter)> waiter_;
};

struct SleepAwaiter : Waiter {
  Unit* unit;
  std::chrono::nanoseconds duration;

  SleepAwaiter(Unit& u, std::chrono::nanoseconds d) : unit(&u), duration(d) {}
  bool await_ready() {
    if (!unit->blocks()) return false;
    unit->run().switching->sleep_for(duration);
    return true;
  }
  void await_suspend(std::coroutine_handle<> suspended) {
    handle = suspended;
    unit->run().switching->suspend_for(*this, duration);
  }
  void await_resume() {}
};

struct ReceiveAwaiter : Waiter {
  Unit* unit;
  Channel* channel;
  Message* message;

  ReceiveAwaiter(Unit& u, Channel& c, Message& m) : unit(&u), channel(&c), message(&m) {
    ready = [](Waiter& waiter) {
      auto& self = static_cast<ReceiveAwaiter&>(waiter);
      return self.channel->try_receive(*self.message);
    };
  }
  bool await_ready() {
    if (!unit->blocks()) return channel->try_receive(*message);
    if (channel->receive_blocking(*message)) return true;
    while (!channel->try_receive(*message)) unit->run().switching->yield();
    return true;
  }
  void await_suspend(std::coroutine_handle<> suspended) {
    handle = suspended;
    unit->run().switching->suspend_on(*this, *channel);
  }
  void await_resume() {}
};

struct LockAwaiter : Waiter {
  Unit* unit;
  std::atomic<std::uint32_t>* held;

  LockAwaiter(Unit& u, std::atomic<std::uint32_t>& l) : unit(&u), held(&l) {
    ready = [](Waiter& waiter) { return static_cast<LockAwaiter&>(waiter).take(); };
  }
  bool take() { return held->exchange(1, std::memory_order_acquire) == 0; }
  bool await_ready() {
    if (!unit->blocks()) return take();
    while (!take()) unit->run().switching->yield();
    return true;
  }
  void await_suspend(std::coroutine_handle<> suspended) {
    handle = suspended;
    unit->run().switching->suspend(*this);
  }
  void await_resume() {}
};

struct FdAwaiter : Waiter {
  Unit* unit;
  int fd;
  short events;

  FdAwaiter(Unit& u, int f, short e) : unit(&u), fd(f), events(e) {}
  bool await_ready() {
    if (!unit->blocks()) return false;
    unit->run().switching->wait_fd(fd, events);
    return true;
  }
  void await_suspend(std::coroutine_handle<> suspended) {
    handle = suspended;
    unit->run().switching->suspend_fd(*this, fd, events);
  }
  void await_resume() {}
};

}  // namespace internal

inline auto Unit::yield() { return internal::YieldAwaiter(*this); }
inline auto Unit::sleep_for(std::chrono::nanoseconds duration) {
  return internal::SleepAwaiter(*this, duration);
}
inline auto Unit::receive(std::size_t channel, Message& message) {
  return internal::ReceiveAwaiter(*this, *run_->channels.at(channel), message);
}
inline auto Unit::lock(std::size_t index) {
  return internal::LockAwaiter(*this, run_->locks[index]);
}
inline auto Unit::wait_fd(int fd, short events) { return internal::FdAwaiter(*this, fd, events); }

inline Task::Handle Unit::make_frame() {
  run_->ends.mark(index(), EndKind::kRunning);
  Task::Handle handle = (*run_->task)(*this).release();
  handle.promise().unit = this;
  handle.promise().ready = run_->ready;
  return handle;
}

inline std::coroutine_handle<> Unit::start() { return frame_ = make_frame(); }

/// Not by way of the unit where there is a queue: its line need not be fetched.
inline void Run::told_end(std::size_t unit) noexcept {
  if (ends.kind(unit) == EndKind::kRunning) ends.mark(unit, EndKind::kCompleted);
  if (one_task) {
    const std::uint64_t before = finished->load(std::memory_order_relaxed);
    finished->store(before + 1, std::memory_order_relaxed);
  } else {
    finished->fetch_add(1, std::memory_order_relaxed);
  }
}

inline std::suspend_never Task::promise_type::final_suspend() noexcept {
  Run& run = ready != nullptr ? *ready->run : unit->run();
  run.told_end(static_cast<std::size_t>(unit - run.units));
  return {};
}
inline void Task::promise_type::unhandled_exception() { unit->told_exception(); }

}  // namespace assay
