/// Mutexes, condition variables, semaphores, barriers and channels of the controlled environment,
/// and its units. Each operation is a step; happens-before is what C++20 says of its namesake.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/controlled/shared.h"

namespace assay {
namespace controlled {

/// What the objects have in common: an identity, and the clock of what they publish.
class SyncObject {
 public:
  SyncObject(const char* name, std::uint64_t initial, std::uint64_t capacity,
             std::int32_t index = -1);
  SyncObject(const SyncObject&) = delete;
  SyncObject& operator=(const SyncObject&) = delete;
  [[nodiscard]] std::uint16_t id() const { return id_; }

 protected:
  ~SyncObject() = default;
  [[nodiscard]] Op make(OpKind kind) const;
  void publish(Execution& execution) {
    clock_.join(execution.clock(), execution.units());
    if (is_watched()) TsanWatch::release(this);
  }
  void receive(Execution& execution) {
    execution.clock().join(clock_, execution.units());
    if (is_watched()) TsanWatch::acquire(this);
  }

 private:
  std::uint16_t id_;
  Clock clock_;
};

class MutexState : public SyncObject {
 public:
  explicit MutexState(const char* name, std::int32_t index) : SyncObject(name, 0, 0, index) {
    if (is_watched()) TsanWatch::make_mutex(this);
  }
  ~MutexState() {
    if (is_watched()) TsanWatch::destroy_mutex(this);
  }
  [[nodiscard]] bool held() const { return holder_ != kNobody; }
  [[nodiscard]] Op make_lock() const { return make(OpKind::kLock); }
  [[nodiscard]] Op make_try_lock() const { return make(OpKind::kTryLock); }
  [[nodiscard]] Op make_unlock() const { return make(OpKind::kUnlock); }
  static bool free(const Execution& execution, std::size_t unit, const void* mutex);
  void take(Execution& execution);
  bool try_take(Execution& execution);
  void give_up(Execution& execution);
  [[nodiscard]] bool held_by_current(const Execution& execution) const {
    return holder_ == execution.current();
  }

 private:
  Proc holder_ = kNobody;
};

class ConditionState : public SyncObject {
 public:
  explicit ConditionState(const char* name) : SyncObject(name, 0, 0) {}
  [[nodiscard]] Op make_wait(const MutexState& mutex) const;
  [[nodiscard]] Op make_wake() const { return make(OpKind::kWake); }
  [[nodiscard]] Op make_notify(bool all) const {
    return make(all ? OpKind::kNotifyAll : OpKind::kNotifyOne);
  }
  void queue(Execution& execution, MutexState& mutex);
  void queue(Execution& execution) { queued_ |= bit(execution.current()); }
  static bool notified(const Execution& execution, std::size_t unit, const void* condition);
  void leave(Execution& execution);
  void notify(Execution& execution, bool all);

 private:
  /// A notification and who waited when it came: any one of them may take it.
  std::vector<std::uint64_t> notifications_;
  std::uint64_t queued_ = 0;
};

class SemaphoreState : public SyncObject {
 public:
  SemaphoreState(const char* name, std::uint64_t count)
      : SyncObject(name, count, 0), count_(count) {}
  [[nodiscard]] Op make_acquire() const { return make(OpKind::kAcquire); }
  [[nodiscard]] Op make_release() const { return make(OpKind::kRelease); }
  static bool available(const Execution& execution, std::size_t unit, const void* semaphore);
  void take(Execution& execution);
  void give(Execution& execution);

 private:
  std::uint64_t count_;
};

class BarrierState : public SyncObject {
 public:
  BarrierState(const char* name, std::uint64_t parties)
      : SyncObject(name, 0, parties), parties_(parties) {}
  [[nodiscard]] Op make_arrive() const { return make(OpKind::kArrive); }
  [[nodiscard]] Op make_pass(std::uint64_t phase) const;
  /// Returns the phase that the unit has to see completed.
  std::uint64_t arrive(Execution& execution);
  static bool complete(const Execution& execution, std::size_t unit, const void* barrier);
  void pass(Execution& execution);

 private:
  std::uint64_t parties_;
  std::uint64_t arrived_ = 0;
};

class ChannelState : public SyncObject {
 public:
  ChannelState(const char* name, std::uint64_t capacity) : SyncObject(name, 0, capacity) {}
  [[nodiscard]] Op make_send() const { return make(OpKind::kSend); }
  [[nodiscard]] Op make_receive() const { return make(OpKind::kReceive); }
  static bool has_room(const Execution& execution, std::size_t unit, const void* channel);
  static bool has_value(const Execution& execution, std::size_t unit, const void* channel);
  void put(Execution& execution, std::uint64_t value);
  std::uint64_t get(Execution& execution);

 private:
  std::vector<std::uint64_t> values_;
};

}  // namespace controlled

template <>
class Mutex<Controlled> {
 public:
  explicit Mutex(const char* name, std::int32_t index = -1) : state_(name, index) {}
  [[nodiscard]] auto lock(UnitOf<Controlled>) {
    return controlled::waiting_step(state_.make_lock(), &controlled::MutexState::free, &state_,
                                    [this](controlled::Execution& execution)
                                        ASSAY_WATCHED { state_.take(execution); });
  }
  [[nodiscard]] auto try_lock() {
    return controlled::step(state_.make_try_lock(),
                            [this](controlled::Execution& execution)
                                ASSAY_WATCHED { return state_.try_take(execution); });
  }
  [[nodiscard]] auto unlock() {
    return controlled::step(state_.make_unlock(), [this](controlled::Execution& execution)
                                                      ASSAY_WATCHED { state_.give_up(execution); });
  }
  [[nodiscard]] controlled::MutexState& state() { return state_; }

 private:
  controlled::MutexState state_;
};

template <>
class ConditionVariable<Controlled> {
 public:
  explicit ConditionVariable(const char* name) : state_(name) {}
  [[nodiscard]] Routine<> wait(UnitOf<Controlled> unit, Mutex<Controlled>& mutex);
  [[nodiscard]] auto notify_one() {
    return controlled::step(state_.make_notify(false),
                            [this](controlled::Execution& execution)
                                ASSAY_WATCHED { state_.notify(execution, false); });
  }
  [[nodiscard]] auto notify_all() {
    return controlled::step(state_.make_notify(true),
                            [this](controlled::Execution& execution)
                                ASSAY_WATCHED { state_.notify(execution, true); });
  }

 private:
  controlled::ConditionState state_;
};

template <>
class Semaphore<Controlled> {
 public:
  Semaphore(const char* name, std::uint64_t count) : state_(name, count) {}
  [[nodiscard]] auto acquire(UnitOf<Controlled>) {
    return controlled::waiting_step(
        state_.make_acquire(), &controlled::SemaphoreState::available, &state_,
        [this](controlled::Execution& execution) ASSAY_WATCHED { state_.take(execution); });
  }
  [[nodiscard]] auto release() {
    return controlled::step(state_.make_release(), [this](controlled::Execution& execution)
                                                       ASSAY_WATCHED { state_.give(execution); });
  }

 private:
  controlled::SemaphoreState state_;
};

template <>
class Barrier<Controlled> {
 public:
  Barrier(const char* name, std::uint64_t parties) : state_(name, parties) {}
  [[nodiscard]] Routine<> arrive_and_wait(UnitOf<Controlled> unit);

 private:
  controlled::BarrierState state_;
};

template <typename T, std::size_t kCapacity>
class BoundedChannel<Controlled, T, kCapacity> {
 public:
  explicit BoundedChannel(const char* name) : state_(name, kCapacity) {}
  [[nodiscard]] auto send(UnitOf<Controlled>, T value) {
    return controlled::waiting_step(
        state_.make_send(), &controlled::ChannelState::has_room, &state_,
        [this, value](controlled::Execution& execution)
            ASSAY_WATCHED { state_.put(execution, controlled::to_raw(value)); });
  }
  [[nodiscard]] auto receive(UnitOf<Controlled>) {
    return controlled::waiting_step(
        state_.make_receive(), &controlled::ChannelState::has_value, &state_,
        [this](controlled::Execution& execution)
            ASSAY_WATCHED { return controlled::from_raw<T>(state_.get(execution)); });
  }

 private:
  controlled::ChannelState state_;
};

}  // namespace assay
