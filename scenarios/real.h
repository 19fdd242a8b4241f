/// Scenarios on real runtimes: shared variables are plain memory, their operations the plain access
/// or the atomic instruction itself, inlined into the body, and with clang without debug lines of
/// their own, so that a sanitizer reports the line of the body. What is here serves both `Real` and
/// `Batch` (scenarios/batch.h); `UnitOf<Env>::until` is where they differ.
///
/// The state of a scenario lives where the runtime allocates what units share, for `fork` in a
/// shared mapping; so nothing here holds an address. Where units block, waiting is sched_yield in a
/// loop (for a mutex pthread_mutex_lock); where they suspend, the runtime asks again and again.
///
/// Memory ordering is that of the operations' orders; mutexes, semaphores, barriers and channels
/// order as their namesakes of the standard do. Nothing is allocated.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "models/controlled/body.h"
#include "models/controlled/environment.h"
#include "models/controlled/op.h"
#include "models/controlled/shared.h"
#include "models/controlled/tsan_watch.h"
#include "models/unit.h"

#if defined(__clang__)
#define ASSAY_EFFECT __attribute__((always_inline, nodebug))  // Of a lambda, after its parameters.
#else
#define ASSAY_EFFECT __attribute__((always_inline))
#endif

namespace assay {

template <typename Env>
concept OnHardware = std::same_as<Env, Real> || std::same_as<Env, Batch>;

namespace real {

/// What the units of a run say, in shared memory.
struct Ledger {
  std::atomic<const char*> broken{nullptr};  ///< A literal, of the program that all units run.
  std::array<std::atomic<bool>, controlled::kMaxUnits> started{};
  std::array<std::atomic<bool>, controlled::kMaxUnits> ended{};
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"  // That TSan does not see fences is known.
#endif
ASSAY_AS_IF_WRITTEN_THERE inline void fence(std::memory_order order) {
  __atomic_thread_fence(static_cast<int>(order));
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// An operation that is done at once.
template <typename Effect>
struct [[nodiscard]] Now {
  Effect effect;
  ASSAY_AS_IF_WRITTEN_THERE bool await_ready() const noexcept { return true; }
  ASSAY_AS_IF_WRITTEN_THERE void await_suspend(std::coroutine_handle<>) const noexcept {}
  ASSAY_AS_IF_WRITTEN_THERE decltype(auto) await_resume() const { return effect(); }
};

/// Waits until `attempt()` is true.
template <typename Attempt>
class [[nodiscard]] Until : Waiter {
 public:
  Until(Unit& unit, Attempt attempt) : unit_(&unit), attempt_(attempt) {
    ready = [](Waiter& waiter) { return static_cast<Until&>(waiter).attempt_(); };
  }
  bool await_ready() {
    if (!unit_->blocks()) return attempt_();
    while (!attempt_()) unit_->run().switching->yield();
    return true;
  }
  void await_suspend(std::coroutine_handle<> suspended) {
    handle = suspended;
    unit_->run().switching->suspend(*this);
  }
  void await_resume() {}

 private:
  Unit* unit_;
  Attempt attempt_;
};

/// A mutex that processes may share.
class ProcessMutex {
 public:
  ProcessMutex();
  ProcessMutex(const ProcessMutex&) = delete;
  ProcessMutex& operator=(const ProcessMutex&) = delete;
  bool lock() { return pthread_mutex_lock(&mutex_) == 0; }
  bool try_lock() { return pthread_mutex_trylock(&mutex_) == 0; }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

/// Who waits draws a ticket, and is woken in the order of the tickets.
class Tickets {
 public:
  std::uint32_t draw() { return drawn_.fetch_add(1); }
  [[nodiscard]] bool called(std::uint32_t ticket) const { return called_.load() > ticket; }
  void call(std::uint32_t count);

 private:
  std::atomic<std::uint32_t> drawn_{0};
  std::atomic<std::uint32_t> called_{0};  ///< Tickets below this one may go on.
};

}  // namespace real

template <>
class UnitOf<Real> {
 public:
  UnitOf(Unit& unit, real::Ledger& ledger) : unit_(&unit), ledger_(&ledger) {}
  [[nodiscard]] std::size_t index() const { return unit_->index(); }
  [[nodiscard]] std::size_t count() const { return unit_->count(); }
  [[nodiscard]] auto yield() const { return unit_->yield(); }
  [[nodiscard]] auto fence(std::memory_order order = std::memory_order_seq_cst) const {
    const auto effect = [order] { real::fence(order); };
    return real::Now<decltype(effect)>{effect};
  }
  [[nodiscard]] auto spawn(std::size_t unit) const {
    const auto effect = [this, unit] {
      ledger_->started.at(unit).store(true, std::memory_order_release);
    };
    return real::Now<decltype(effect)>{effect};
  }
  template <typename Attempt>
  auto until(Attempt attempt) const {
    return real::Until<Attempt>(*unit_, attempt);
  }
  /// The same for an attempt that has a value to say: `attempt(value)`.
  template <typename Attempt, typename T>
  Routine<T> until_value(Attempt attempt, T value) const {
    return wait(*this, attempt, value);
  }
  [[nodiscard]] auto join(std::size_t unit) const {
    return until(
        [flag = &ledger_->ended.at(unit)] { return flag->load(std::memory_order_acquire); });
  }
  void require(bool condition, const char* text) const {
    if (!condition) ledger_->broken.store(text);
  }
  [[nodiscard]] bool blocks() const { return unit_->blocks(); }

 private:
  /// Starts when it is awaited: not a member, whose object may be gone by then.
  template <typename Attempt, typename T>
  static Routine<T> wait(UnitOf self, Attempt attempt, T value) {
    co_await self.until([&] { return attempt(value); });
    co_return value;
  }

  Unit* unit_;
  real::Ledger* ledger_;
};

template <>
struct internal::BodyType<Real> {
  using Type = Routine<>;
};

template <OnHardware Env, typename T>
class Shared<Env, T> {
 public:
  explicit Shared(const char*, T initial = T{}) : value_(initial) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  struct [[nodiscard]] Read {
    const T* from;
    ASSAY_AS_IF_WRITTEN_THERE bool await_ready() const noexcept { return true; }
    ASSAY_AS_IF_WRITTEN_THERE void await_suspend(std::coroutine_handle<>) const noexcept {}
    ASSAY_AS_IF_WRITTEN_THERE T await_resume() const noexcept { return *from; }
  };
  struct [[nodiscard]] Write {
    T* to;
    T value;
    ASSAY_AS_IF_WRITTEN_THERE bool await_ready() const noexcept { return true; }
    ASSAY_AS_IF_WRITTEN_THERE void await_suspend(std::coroutine_handle<>) const noexcept {}
    ASSAY_AS_IF_WRITTEN_THERE void await_resume() const noexcept { *to = value; }
  };
  ASSAY_AS_IF_WRITTEN_THERE Read read() const { return {&value_}; }
  ASSAY_AS_IF_WRITTEN_THERE Write write(T value) { return {&value_, value}; }

  ASSAY_AS_IF_WRITTEN_THERE auto load(std::memory_order order = std::memory_order_seq_cst) {
    return now([this, order]() ASSAY_EFFECT { return atomic().load(order); });
  }
  ASSAY_AS_IF_WRITTEN_THERE auto store(T value,
                                       std::memory_order order = std::memory_order_seq_cst) {
    return now([this, value, order]() ASSAY_EFFECT { atomic().store(value, order); });
  }
  ASSAY_AS_IF_WRITTEN_THERE auto exchange(T value,
                                          std::memory_order order = std::memory_order_seq_cst) {
    return now([this, value, order]() ASSAY_EFFECT { return atomic().exchange(value, order); });
  }
  ASSAY_AS_IF_WRITTEN_THERE auto fetch_add(T value,
                                           std::memory_order order = std::memory_order_seq_cst) {
    return now([this, value, order]() ASSAY_EFFECT { return atomic().fetch_add(value, order); });
  }
  ASSAY_AS_IF_WRITTEN_THERE auto fetch_sub(T value,
                                           std::memory_order order = std::memory_order_seq_cst) {
    return now([this, value, order]() ASSAY_EFFECT { return atomic().fetch_sub(value, order); });
  }
  struct Exchanged {
    bool done;
    T old;
  };
  ASSAY_AS_IF_WRITTEN_THERE auto compare_exchange(
      T expected, T desired, std::memory_order order = std::memory_order_seq_cst) {
    return now([this, expected, desired, order]() ASSAY_EFFECT {
      T old = expected;
      const bool done = atomic().compare_exchange_strong(old, desired, order);
      return Exchanged{done, old};
    });
  }
  [[nodiscard]] auto compare_exchange_when_equal(
      UnitOf<Env> unit, T expected, T desired,
      std::memory_order order = std::memory_order_seq_cst) {
    return unit.until_value(
        [this, expected, desired, order](T& seen) {
          seen = expected;
          return atomic().compare_exchange_strong(seen, desired, order);
        },
        T{});
  }
  [[nodiscard]] auto until_equal(UnitOf<Env> unit, T value,
                                 std::memory_order order = std::memory_order_seq_cst) {
    return until(unit, order, [value](T seen) { return seen == value; });
  }
  [[nodiscard]] auto until_not_equal(UnitOf<Env> unit, T value,
                                     std::memory_order order = std::memory_order_seq_cst) {
    return until(unit, order, [value](T seen) { return seen != value; });
  }
  [[nodiscard]] auto until_at_least(UnitOf<Env> unit, T value,
                                    std::memory_order order = std::memory_order_seq_cst) {
    return until(unit, order, [value](T seen) { return seen >= value; });
  }

  [[nodiscard]] T value() const { return value_; }

 private:
  template <typename Effect>
  ASSAY_AS_IF_WRITTEN_THERE static real::Now<Effect> now(Effect effect) {
    return {effect};
  }
  template <typename Wanted>
  auto until(UnitOf<Env> unit, std::memory_order order, Wanted wanted) {
    return unit.until_value(
        [this, order, wanted](T& seen) {
          seen = atomic().load(order);
          return wanted(seen);
        },
        T{});
  }
  ASSAY_AS_IF_WRITTEN_THERE std::atomic_ref<T> atomic() { return std::atomic_ref<T>(value_); }

  alignas(std::atomic_ref<T>::required_alignment) T value_;
};

template <OnHardware Env, typename T, std::size_t N>
class SharedArray<Env, T, N> {
 public:
  explicit SharedArray(const char* name, T initial = T{})
      : SharedArray(name, controlled::all_equal<T, N>(initial)) {}
  SharedArray(const char* name, const std::array<T, N>& initial)
      : SharedArray(name, initial, std::make_index_sequence<N>()) {}
  Shared<Env, T>& operator[](std::size_t index) { return elements_.at(index); }
  const Shared<Env, T>& operator[](std::size_t index) const { return elements_.at(index); }

 private:
  template <std::size_t... kIndices>
  SharedArray(const char* name, const std::array<T, N>& initial, std::index_sequence<kIndices...>)
      : elements_{Shared<Env, T>(name, initial[kIndices])...} {}

  std::array<Shared<Env, T>, N> elements_;
};

template <OnHardware Env>
class Mutex<Env> {
 public:
  explicit Mutex(const char*, std::int32_t = -1) {}
  [[nodiscard]] auto lock(UnitOf<Env> unit) {
    return unit.until([this, unit] { return unit.blocks() ? mutex_.lock() : mutex_.try_lock(); });
  }
  [[nodiscard]] auto try_lock() {
    const auto effect = [this] { return mutex_.try_lock(); };
    return real::Now<decltype(effect)>{effect};
  }
  [[nodiscard]] auto unlock() {
    const auto effect = [this] { mutex_.unlock(); };
    return real::Now<decltype(effect)>{effect};
  }

 private:
  real::ProcessMutex mutex_;
};

/// Wakes in the order of waiting.
template <OnHardware Env>
class ConditionVariable<Env> {
 public:
  explicit ConditionVariable(const char*) {}
  [[nodiscard]] Routine<> wait(UnitOf<Env> unit, Mutex<Env>& mutex) {
    const std::uint32_t ticket = tickets_.draw();
    co_await mutex.unlock();
    co_await unit.until([&] { return tickets_.called(ticket); });
    co_await mutex.lock(unit);
  }
  [[nodiscard]] auto notify_one() { return notify(1); }
  [[nodiscard]] auto notify_all() { return notify(~std::uint32_t{0}); }

 private:
  auto notify(std::uint32_t count) {
    const auto effect = [this, count] { tickets_.call(count); };
    return real::Now<decltype(effect)>{effect};
  }

  real::Tickets tickets_;
};

template <OnHardware Env>
class Semaphore<Env> {
 public:
  Semaphore(const char*, std::uint64_t count) : count_(count) {}
  [[nodiscard]] auto acquire(UnitOf<Env> unit) {
    return unit.until([this] { return take(); });
  }
  [[nodiscard]] auto release() {
    const auto effect = [this] { count_.fetch_add(1, std::memory_order_release); };
    return real::Now<decltype(effect)>{effect};
  }

 private:
  bool take() {
    std::uint64_t count = count_.load();
    while (count > 0) {
      if (count_.compare_exchange_weak(count, count - 1)) return true;
    }
    return false;
  }

  std::atomic<std::uint64_t> count_;
};

template <OnHardware Env>
class Barrier<Env> {
 public:
  Barrier(const char*, std::uint64_t parties) : parties_(parties) {}
  [[nodiscard]] Routine<> arrive_and_wait(UnitOf<Env> unit) {
    const std::uint64_t phase = arrived_.fetch_add(1) / parties_;
    co_await unit.until([&] { return arrived_.load() / parties_ > phase; });
  }

 private:
  std::uint64_t parties_;
  std::atomic<std::uint64_t> arrived_{0};
};

template <OnHardware Env, typename T, std::size_t kCapacity>
class BoundedChannel<Env, T, kCapacity> {
 public:
  explicit BoundedChannel(const char*) : mutex_("") {}
  [[nodiscard]] Routine<> send(UnitOf<Env> unit, T value) {
    for (;;) {
      co_await mutex_.lock(unit);
      const bool room = sent_ - received_ < kCapacity;
      if (room) values_[sent_++ % kCapacity] = value;
      co_await mutex_.unlock();
      if (room) co_return;
      co_await unit.yield();
    }
  }
  [[nodiscard]] Routine<T> receive(UnitOf<Env> unit) {
    for (;;) {
      co_await mutex_.lock(unit);
      const bool any = received_ < sent_;
      const T value = any ? values_[received_++ % kCapacity] : T{};
      co_await mutex_.unlock();
      if (any) co_return value;
      co_await unit.yield();
    }
  }

 private:
  Mutex<Env> mutex_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  std::array<T, kCapacity> values_{};
};

}  // namespace assay
