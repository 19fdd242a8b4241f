/// TsanWatch: lets ThreadSanitizer look on while an execution of the controlled runtime runs.
///
/// Each unit is a fiber of ThreadSanitizer (`__tsan_create_fiber`) with a stack of its own.
/// Switches between them need not order anything: then the happens-before that ThreadSanitizer sees
/// is that of the units' own operations, and it finds a data race by the schedule, on one kernel
/// thread, every time. With switches that order, the same execution is that of coroutines, and
/// silent.
///
/// What a body does is seen as it is: ordinary memory, the variables of the scenario, atomics with
/// their order, mutexes. What the engine does for it is not seen (`Unseen`). Reports are taken as
/// data, by `__tsan_on_report`; ThreadSanitizer prints them as well.
///
/// In a program that is built without ThreadSanitizer all of this is nothing, and costs nothing.
///
/// Hazard: one watch a kernel thread at a time. A subject has to start its units by
/// Execution::run_as, or what they do before their first operation is not seen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <span>
#include <utility>

#include "models/controlled/clock.h"
#include "models/controlled/op.h"
#include "models/sanitized.h"

// A sanitizer names the line of the body, as if the access were written there.
#if defined(__clang__)
#define ASSAY_AS_IF_WRITTEN_THERE [[gnu::always_inline, gnu::nodebug]]
#else
#define ASSAY_AS_IF_WRITTEN_THERE [[gnu::always_inline]]
#endif
// The same where only a watched program needs it; also of a lambda, after its parameters.
#if defined(ASSAY_TSAN) && defined(__clang__)
#define ASSAY_WATCHED __attribute__((always_inline, nodebug))
#elif defined(ASSAY_TSAN)
#define ASSAY_WATCHED __attribute__((always_inline))
#else
#define ASSAY_WATCHED
#endif

// What runs while ThreadSanitizer changes from one fiber to another must not tell it of functions
// that are entered and left: they would be entered on one fiber and left on the other.
#if defined(ASSAY_TSAN) && defined(__clang__)
#define ASSAY_UNINSTRUMENTED __attribute__((disable_sanitizer_instrumentation))
#elif defined(ASSAY_TSAN)
#define ASSAY_UNINSTRUMENTED __attribute__((no_sanitize_thread))
#else
#define ASSAY_UNINSTRUMENTED
#endif

// Weak: a program that is built for ThreadSanitizer may be linked without it.
extern "C" {
// NOLINTBEGIN(readability-identifier-naming)
[[gnu::weak]] void AnnotateIgnoreReadsBegin(const char* file, int line);
[[gnu::weak]] void AnnotateIgnoreReadsEnd(const char* file, int line);
// NOLINTEND(readability-identifier-naming)
}

namespace assay::controlled {

/// Whether ThreadSanitizer looks on, and what a switch of units is to it.
enum class Watch : std::uint8_t {
  kNone,
  kThreads,     ///< Orders nothing, as between threads.
  kCoroutines,  ///< Orders, as between coroutines of one thread.
};

/// One report of ThreadSanitizer.
struct Sighting {
  enum class Kind : std::uint8_t { kDataRace, kLockOrder, kOther };
  Kind kind = Kind::kOther;
  // Of a data race; `second` is the access that ended in the report.
  const void* address = nullptr;
  Proc first_unit = kNobody;  ///< kNobody: no unit, or not known.
  Proc second_unit = kNobody;
  bool first_writes = false;
  bool second_writes = false;
};

class TsanWatch {
 public:
  static constexpr std::size_t kMostSightings = 64;
  using Function = void (*)(void*);

  /// Whether this program is built with ThreadSanitizer and linked with its fibers.
  static bool possible();

  TsanWatch();
  TsanWatch(const TsanWatch&) = delete;
  TsanWatch& operator=(const TsanWatch&) = delete;
  ~TsanWatch();

  /// An execution begins: what was done before is ordered before all that units do.
  void begin(std::size_t units, Watch watch);
  /// All that units did is ordered before what follows.
  void end();

  /// Runs `function(argument)`, which throws nothing, as the unit.
  void run(std::size_t unit, Function function, void* argument);
  template <typename Body>
  void run(std::size_t unit, Body& body) {
    run(
        unit, [](void* argument) ASSAY_UNINSTRUMENTED { (*static_cast<Body*>(argument))(); },
        &body);
  }

  // Synchronization of the unit that runs, by the object at an address.
  static void acquire(const void* object);
  static void release(const void* object);
  static void make_mutex(const void* object);
  static void destroy_mutex(const void* object);
  static void lock(const void* object);
  static void unlock(const void* object);

  /// The unit's buffered store number `index` publishes what happened before it; and it does so
  /// when it reaches the variable.
  void publish_later(std::size_t unit, std::uint32_t index);
  void publish_now(std::size_t unit, std::uint32_t index, std::uint64_t* variable);

  /// Reports since `begin`, at most kMostSightings of them.
  [[nodiscard]] std::span<const Sighting> sightings() const { return {sightings_.data(), count_}; }
  /// Called by ThreadSanitizer with its locks held.
  void add(const Sighting& sighting);

 private:
  struct Fiber;
  Fiber& fiber(Proc proc);
  void destroy_fibers();

  std::array<std::unique_ptr<Fiber>, kProcs> fibers_;
  std::array<Sighting, kMostSightings> sightings_;
  std::size_t count_ = 0;
  std::size_t units_ = 0;
  std::uint64_t entered_ = 0;
  Watch watch_ = Watch::kNone;
  bool unseen_ = false;
  void* outside_ = nullptr;
  Function function_ = nullptr;
  void* argument_ = nullptr;
};

/// The watch of the execution that runs on this kernel thread, or null.
inline thread_local constinit TsanWatch* watching = nullptr;

#if defined(ASSAY_TSAN)
inline bool is_watched() { return watching != nullptr; }

/// While it lives, accesses of this unit are the engine's own and not seen.
class Unseen {
 public:
  ASSAY_AS_IF_WRITTEN_THERE Unseen() {
    if (is_watched()) [[unlikely]]
      AnnotateIgnoreReadsBegin("", 0);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  ASSAY_AS_IF_WRITTEN_THERE ~Unseen() {
    if (is_watched()) [[unlikely]]
      AnnotateIgnoreReadsEnd("", 0);
  }
};
#else
constexpr bool is_watched() { return false; }

struct Unseen {
  Unseen() {}  // NOLINT(modernize-use-equals-default): a variable of it is used.
};
#endif

}  // namespace assay::controlled
