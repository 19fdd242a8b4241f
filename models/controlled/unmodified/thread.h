/// Thread: a unit of an explored program, on a stack of its own in the one kernel thread.
///
/// What a kernel thread would have of its own is exchanged at every switch: thread-local storage of
/// the program, errno, exceptions in flight, and what std::call_once keeps in thread-local storage.
#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "models/controlled/body.h"
#include "models/controlled/unmodified/locals.h"
#include "models/controlled/unmodified/world.h"

namespace assay::unmodified {

/// True while code of the explored program runs: then its accesses are seen.
extern bool observing;

/// What is not of the program but of the thread that runs it.
struct Ambient {
  void* caught_exceptions = nullptr;
  unsigned uncaught_exceptions = 0;
  int error = 0;
  void* once_callable = nullptr;
  void (*once_call)() = nullptr;

  static Ambient now();
  void put_back() const;
};

/// A value that a unit read, and where: whoever spins waits for it to change.
struct Seen {
  int kind;
  Address address;
  std::size_t bytes;
  std::uint64_t value;
  std::uint64_t state;          ///< Digest of stack and registers before the read.
  const void* mutex = nullptr;  ///< Of a try-lock that failed.
  std::uint32_t holding = 0;    ///< Mutexes that the unit held.
};

/// A read of the same memory by the same code, over and over.
struct Turn {
  Seen seen;
  std::uintptr_t place;  ///< Where; 0 of the first read, which nobody looked at closely.
  std::uint32_t count;   ///< Times that it read the same value.
};

class Thread {
 public:
  Thread(std::size_t unit, std::function<void()> body);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  /// The thread that runs; null on the kernel thread's own stack.
  static Thread* running();

  /// Runs up to the first step; afterwards `frame` is resumed for each step.
  void start();
  /// Lets others run, until the step that was announced is taken.
  void give_way();
  [[nodiscard]] std::size_t unit() const { return unit_; }

  std::coroutine_handle<> handle;  ///< In whose name operations are announced.
  std::coroutine_handle<> frame;   ///< Dangles once the unit has ended.

  // POSIX threads.
  void* result = nullptr;
  bool detached = false;     ///< Or joined.
  std::uint64_t random = 1;  ///< State of its generator of random numbers.
  std::map<unsigned, void*> specific;
  std::vector<std::pair<void (*)(void*), void*>> at_exit;
  std::uint32_t spawned = 0;      ///< Threads that it started.
  std::uint64_t time_ns = 0;      ///< Its own virtual clock: it goes on in sleep.
  std::uint64_t time_out_ns = 0;  ///< What the clock shows once, after a time-out.
  bool time_out_stays = false;    ///< Shows it until the next step that is no read.
  void forget_time_out() {
    if (std::exchange(time_out_stays, false)) time_out_ns = 0;
  }
  std::uint32_t clock_reads = 0;   ///< Since its last step.
  std::uint32_t idle_reads = 0;    ///< Of private memory, since its last step.
  std::uint32_t next_idle = 1000;  ///< So many of them are too many.

  /// A plain store that its own code carries out after it was announced.
  struct Store {
    Address address = 0;
    std::size_t bytes = 0;
    std::uint64_t before = 0;
    std::size_t event = 0;
    bool recorded = false;
  } store;

  // Spinning.
  std::vector<Seen> seen;    ///< Since it last changed anything.
  std::vector<Turn> turns;   ///< Since it last changed what others may see.
  std::uintptr_t place = 0;  ///< Of its last read, where it had read the same before.
  std::vector<Seen> watch;   ///< It waits until one of these changes.
  /// Kind and address of the read that was its last step, if it was one.
  std::optional<std::pair<int, Address>> last_read;
  std::uint32_t repeated = 0;  ///< Times that it took that read again, without a step.
  const void* watched_queue = nullptr;
  std::vector<Frame> frames;  ///< When it last announced a step, while a story is told.
  std::uint64_t held = 0;     ///< Digest of the mutexes that it holds.
  std::uint32_t holding = 0;

 private:
  struct Entry;
  void enter();
  void run_body() noexcept;
  static controlled::UnitBody drive(Thread& thread);
  [[noreturn]] static void begin(boost::context::detail::transfer_t transfer);

  std::size_t unit_;
  std::function<void()> body_;
  boost::context::detail::fcontext_t inside_ = nullptr;
  boost::context::detail::fcontext_t outside_ = nullptr;
  bool ended_ = false;
  std::exception_ptr thrown_;
  Ambient ambient_;
  std::vector<std::byte> tls_;
};

}  // namespace assay::unmodified
