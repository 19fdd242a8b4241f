/// Scenarios on real runtimes: shared variables are plain memory, their operations the plain access
/// or the atomic instruction itself, inlined into the body, and with clang without debug lines of
/// their own, so that a sanitizer reports the line of the body.
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
#include <cstddef>
#include <cstdint>

#include "models/controlled/body.h"
#include "models/controlled/environment.h"
#include "models/controlled/op.h"
#include "models/controlled/shared.h"
#include "models/unit.h"

#if defined(__clang__)
#define ASSAY_AS_IF_WRITTEN_THERE [[gnu::always_inline, gnu::nodebug]]
#else
#define ASSAY_AS_IF_WRITTEN_THERE [[gnu::always_inline]]
#endif

namespace assay {
namespace real {

/// What the units of a run say, in shared memory.
struct Ledger {
  std::atomic<const char*> broken{nullptr};  ///< A literal, of the program that all units run.
  std::array<std::atomic<bool>, controlled::kMaxUnits> started{};
  std::array<std::atomic<bool>, controlled::kMaxUnits> ended{};
};

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

}  // namespace real

template <>
class UnitOf<Real> {
 public:
  UnitOf(Unit& unit, real::Ledger& ledger) : unit_(&unit), ledger_(&ledger) {}
  [[nodiscard]] std::size_t index() const { return unit_->index(); }
  [[nodiscard]] std::size_t count() const { return unit_->count(); }
  [[nodiscard]] auto yield() const { return unit_->yield(); }
  [[nodiscard]] auto fence(std::memory_order order = std::memory_order_seq_cst) const {
    const auto effect = [order] { std::atomic_thread_fence(order); };
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
  [[nodiscard]] auto join(std::size_t unit) const {
    return until(
        [flag = &ledger_->ended.at(unit)] { return flag->load(std::memory_order_acquire); });
  }
  void require(bool condition, const char* text) const {
    if (!condition) ledger_->broken.store(text);
  }
  [[nodiscard]] bool blocks() const { return unit_->blocks(); }

 private:
  Unit* unit_;
  real::Ledger* ledger_;
};

template <>
struct internal::BodyType<Real> {
  using Type = Routine<>;
};

template <typename T>
class Shared<Real, T> {
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

  [[nodiscard]] auto load(std::memory_order order = std::memory_order_seq_cst) {
    return now([this, order] { return atomic().load(order); });
  }
  [[nodiscard]] auto store(T value, std::memory_order order = std::memory_order_seq_cst) {
    return now([this, value, order] { atomic().store(value, order); });
  }
  [[nodiscard]] auto exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    return now([this, value, order] { return atomic().exchange(value, order); });
  }
  [[nodiscard]] auto fetch_add(T value, std::memory_order order = std::memory_order_seq_cst) {
    return now([this, value, order] { return atomic().fetch_add(value, order); });
  }
  [[nodiscard]] auto fetch_sub(T value, std::memory_order order = std::memory_order_seq_cst) {
    return now([this, value, order] { return atomic().fetch_sub(value, order); });
  }
  struct Exchanged {
    bool done;
    T old;
  };
  [[nodiscard]] auto compare_exchange(T expected, T desired,
                                      std::memory_order order = std::memory_order_seq_cst) {
    return now([this, expected, desired, order] {
      T old = expected;
      const bool done = atomic().compare_exchange_strong(old, desired, order);
      return Exchanged{done, old};
    });
  }
  [[nodiscard]] Routine<T> compare_exchange_when_equal(
      UnitOf<Real> unit, T expected, T desired,
      std::memory_order order = std::memory_order_seq_cst) {
    co_await unit.until([&] {
      T old = expected;
      return atomic().compare_exchange_strong(old, desired, order);
    });
    co_return expected;
  }
  [[nodiscard]] Routine<T> until_equal(UnitOf<Real> unit, T value,
                                       std::memory_order order = std::memory_order_seq_cst) {
    return until(unit, order, [value](T seen) { return seen == value; });
  }
  [[nodiscard]] Routine<T> until_not_equal(UnitOf<Real> unit, T value,
                                           std::memory_order order = std::memory_order_seq_cst) {
    return until(unit, order, [value](T seen) { return seen != value; });
  }
  [[nodiscard]] Routine<T> until_at_least(UnitOf<Real> unit, T value,
                                          std::memory_order order = std::memory_order_seq_cst) {
    return until(unit, order, [value](T seen) { return seen >= value; });
  }

  [[nodiscard]] T value() const { return value_; }

 private:
  template <typename Effect>
  static real::Now<Effect> now(Effect effect) {
    return {effect};
  }
  template <typename Wanted>
  Routine<T> until(UnitOf<Real> unit, std::memory_order order, Wanted wanted) {
    T seen{};
    co_await unit.until([&] {
      seen = atomic().load(order);
      return wanted(seen);
    });
    co_return seen;
  }
  ASSAY_AS_IF_WRITTEN_THERE std::atomic_ref<T> atomic() { return std::atomic_ref<T>(value_); }

  alignas(std::atomic_ref<T>::required_alignment) T value_;
};

template <typename T, std::size_t N>
class SharedArray<Real, T, N> {
 public:
  explicit SharedArray(const char* name, T initial = T{})
      : SharedArray(name, controlled::all_equal<T, N>(initial)) {}
  SharedArray(const char* name, const std::array<T, N>& initial)
      : SharedArray(name, initial, std::make_index_sequence<N>()) {}
  Shared<Real, T>& operator[](std::size_t index) { return elements_.at(index); }
  const Shared<Real, T>& operator[](std::size_t index) const { return elements_.at(index); }

 private:
  template <std::size_t... kIndices>
  SharedArray(const char* name, const std::array<T, N>& initial, std::index_sequence<kIndices...>)
      : elements_{Shared<Real, T>(name, initial[kIndices])...} {}

  std::array<Shared<Real, T>, N> elements_;
};

template <>
class Mutex<Real> {
 public:
  explicit Mutex(const char*, std::int32_t = -1);
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  [[nodiscard]] auto lock(UnitOf<Real> unit) {
    const bool blocks = unit.blocks();
    return unit.until([this, blocks] {
      return (blocks ? pthread_mutex_lock(&mutex_) : pthread_mutex_trylock(&mutex_)) == 0;
    });
  }
  [[nodiscard]] auto try_lock() {
    const auto effect = [this] { return pthread_mutex_trylock(&mutex_) == 0; };
    return real::Now<decltype(effect)>{effect};
  }
  [[nodiscard]] auto unlock() {
    const auto effect = [this] { pthread_mutex_unlock(&mutex_); };
    return real::Now<decltype(effect)>{effect};
  }

 private:
  pthread_mutex_t mutex_;
};

/// Wakes in the order of waiting.
template <>
class ConditionVariable<Real> {
 public:
  explicit ConditionVariable(const char*) {}
  [[nodiscard]] Routine<> wait(UnitOf<Real> unit, Mutex<Real>& mutex);
  [[nodiscard]] auto notify_one() { return notify(1); }
  [[nodiscard]] auto notify_all() { return notify(~std::uint32_t{0}); }

 private:
  struct Notify {
    ConditionVariable* condition;
    std::uint32_t count;
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const { condition->wake(count); }
  };
  Notify notify(std::uint32_t count) { return {this, count}; }
  void wake(std::uint32_t count);

  std::atomic<std::uint32_t> waited_{0};  ///< Tickets that were drawn.
  std::atomic<std::uint32_t> woken_{0};   ///< Tickets below this one may go on.
};

template <>
class Semaphore<Real> {
 public:
  Semaphore(const char*, std::uint64_t count) : count_(count) {}
  [[nodiscard]] auto acquire(UnitOf<Real> unit) {
    return unit.until([this] { return take(); });
  }
  [[nodiscard]] auto release() {
    const auto effect = [this] { count_.fetch_add(1, std::memory_order_release); };
    return real::Now<decltype(effect)>{effect};
  }

 private:
  bool take();
  std::atomic<std::uint64_t> count_;
};

template <>
class Barrier<Real> {
 public:
  Barrier(const char*, std::uint64_t parties) : parties_(parties) {}
  [[nodiscard]] Routine<> arrive_and_wait(UnitOf<Real> unit);

 private:
  std::uint64_t parties_;
  std::atomic<std::uint64_t> arrived_{0};
};

template <typename T, std::size_t kCapacity>
class BoundedChannel<Real, T, kCapacity> {
 public:
  explicit BoundedChannel(const char*) : mutex_("") {}
  [[nodiscard]] Routine<> send(UnitOf<Real> unit, T value) {
    for (;;) {
      co_await mutex_.lock(unit);
      const bool room = sent_ - received_ < kCapacity;
      if (room) values_[sent_++ % kCapacity] = value;
      co_await mutex_.unlock();
      if (room) co_return;
      co_await unit.yield();
    }
  }
  [[nodiscard]] Routine<T> receive(UnitOf<Real> unit) {
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
  Mutex<Real> mutex_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  std::array<T, kCapacity> values_{};
};

}  // namespace assay
