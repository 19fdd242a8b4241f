/// Batches: many instances of a scenario in one array, which units that block run one after the
/// other without meeting in between; see scenarios/samples.h for who runs them.
///
/// In the environment `Batch` an operation is the plain access or the atomic itself, as in `Real`,
/// and a wait is a loop. So a body never suspends: every await of it is ready at compile time, and
/// clang makes it a plain function without a frame, inlined into the loop over the instances
/// (g++ 12 keeps the frame, which comes from the pool of models/frame_pool.h).
///
/// Guarantee: all units visit the instances of a pass in the same order, so a unit that waits for
/// another in an instance is never waited for in a later one. Hazard: an exception that leaves a
/// body ends the process.
#pragma once

#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>

#include "scenarios/real.h"

namespace assay {
namespace batch {

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Calls `attempt` until it is true. Gives the core away now and then, as the other may need it;
/// after a while it sleeps: on a busy machine one who only yields may come to wait for long.
template <typename Attempt>
void spin_until(Attempt&& attempt) {
  constexpr int kSpins = 200;
  constexpr int kYields = 100;
  constexpr timespec kNap{0, 50'000};
  for (int spins = 1; !attempt(); ++spins) {
    if (spins % kSpins != 0) {
      relax();
    } else if (spins / kSpins < kYields) {
      sched_yield();
    } else {
      nanosleep(&kNap, nullptr);
      spins -= kSpins;
    }
  }
}

/// What the units say of one instance besides its outcome. `ended` is kept where units are spawned.
struct Marks {
  std::atomic<const char*> broken{nullptr};
  std::atomic<std::uint32_t> started{1};
  std::atomic<std::uint32_t> ended{0};
};

/// What the units of a pass have in common, in memory that they share (or in a copy each).
struct Shared {
  std::atomic<bool> marked{false};       ///< Some instance has marks.
  std::atomic<std::uint32_t> passed{0};  ///< The units that are through with the pass.
};

/// The instances, and the order in which they are visited.
struct Pass {
  std::byte* instances;
  Marks* marks;  ///< One an instance.
  Shared* shared;
  std::size_t mask;    ///< Their number, a power of two, less 1.
  std::size_t offset;  ///< The first.
  std::size_t stride;  ///< From one to the next; odd, so that all are visited.
  std::size_t units;

  [[nodiscard]] std::size_t size() const { return mask + 1; }
  [[nodiscard]] std::size_t at(std::size_t place) const { return (offset + place * stride) & mask; }
};

}  // namespace batch

template <>
class UnitOf<Batch> {
 public:
  ASSAY_AS_IF_WRITTEN_THERE UnitOf(const batch::Pass& pass, std::size_t instance, std::size_t index)
      : pass_(&pass), instance_(instance), index_(index) {}
  ASSAY_AS_IF_WRITTEN_THERE std::size_t index() const { return index_; }
  ASSAY_AS_IF_WRITTEN_THERE std::size_t count() const { return pass_->units; }
  [[nodiscard]] static constexpr bool blocks() { return true; }

  [[nodiscard]] auto yield() const {
    return now([] { sched_yield(); });
  }
  [[nodiscard]] auto fence(std::memory_order order = std::memory_order_seq_cst) const {
    return now([order]() ASSAY_EFFECT { real::fence(order); });
  }
  [[nodiscard]] auto spawn(std::size_t unit) const {
    return now(
        [marks = &mark(), unit] { marks->started.fetch_or(bit(unit), std::memory_order_release); });
  }
  template <typename Attempt>
  auto until(Attempt attempt) const {
    return now([attempt] { batch::spin_until(attempt); });
  }
  template <typename Attempt, typename T>
  auto until_value(Attempt attempt, T value) const {
    return now([attempt, value] {
      T seen = value;
      batch::spin_until([&] { return attempt(seen); });
      return seen;
    });
  }
  /// Where units are not spawned their ends are not marked one by one: this waits for the end of
  /// the pass of `unit`.
  [[nodiscard]] auto join(std::size_t unit) const {
    return until([marks = &pass_->marks[instance_], shared = pass_->shared, unit] {
      return ((marks->ended.load(std::memory_order_acquire) |
               shared->passed.load(std::memory_order_acquire)) &
              bit(unit)) != 0;
    });
  }
  ASSAY_AS_IF_WRITTEN_THERE void require(bool condition, const char* text) const {
    if (!condition) [[unlikely]]
      mark().broken.store(text, std::memory_order_relaxed);
  }

  static std::uint32_t bit(std::size_t unit) { return std::uint32_t{1} << unit; }

 private:
  template <typename Effect>
  ASSAY_AS_IF_WRITTEN_THERE static real::Now<Effect> now(Effect effect) {
    return {effect};
  }
  [[nodiscard]] batch::Marks& mark() const {
    pass_->shared->marked.store(true, std::memory_order_relaxed);
    return pass_->marks[instance_];
  }

  const batch::Pass* pass_;
  std::size_t instance_;
  std::size_t index_;
};

namespace batch {

/// What was awaited is done by then.
struct [[nodiscard]] AtOnce {
  ASSAY_AS_IF_WRITTEN_THERE bool await_ready() const noexcept { return true; }
  ASSAY_AS_IF_WRITTEN_THERE void await_suspend(std::coroutine_handle<>) const noexcept {}
  ASSAY_AS_IF_WRITTEN_THERE void await_resume() const noexcept {}
};

/// A routine whose operations are done at once is a call.
template <typename T>
struct [[nodiscard]] Call {
  Routine<T> routine;
  ASSAY_AS_IF_WRITTEN_THERE bool await_ready() const noexcept { return true; }
  ASSAY_AS_IF_WRITTEN_THERE void await_suspend(std::coroutine_handle<>) const noexcept {}
  T await_resume() {
    if (!routine.await_ready()) std::terminate();
    return routine.await_resume();
  }
};

/// A body that ran to its end when it was called.
struct Done {
  struct promise_type {
    ASSAY_AS_IF_WRITTEN_THERE Done get_return_object() noexcept { return {}; }
    ASSAY_AS_IF_WRITTEN_THERE AtOnce initial_suspend() noexcept { return {}; }
    ASSAY_AS_IF_WRITTEN_THERE AtOnce final_suspend() noexcept { return {}; }
    ASSAY_AS_IF_WRITTEN_THERE void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    template <typename Operation>
    ASSAY_AS_IF_WRITTEN_THERE Operation&& await_transform(Operation&& operation) noexcept {
      return static_cast<Operation&&>(operation);
    }
    template <typename T>
    ASSAY_AS_IF_WRITTEN_THERE Call<T> await_transform(Routine<T>&& routine) noexcept {
      return {std::move(routine)};
    }
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
  };
};

}  // namespace batch

template <>
struct internal::BodyType<Batch> {
  using Type = batch::Done;
};

}  // namespace assay
