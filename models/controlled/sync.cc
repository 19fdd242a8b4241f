#include "models/controlled/sync.h"

#include <algorithm>
#include <exception>
#include <string>

namespace assay {
namespace controlled {
namespace {

std::string unit_text(const Execution& execution) {
  return "unit " + std::to_string(execution.current());
}

}  // namespace

void UnitBody::report_exception() {
  const Unseen unseen;
  std::string text = "an exception left the body of " + unit_text(Execution::mine());
  try {
    throw;
  } catch (const std::exception& error) {
    text += std::string(": ") + error.what();
  } catch (...) {
    text += ", not derived from std::exception";
  }
  Execution::mine().fail(FailureKind::kAssertion, std::move(text));
}

SyncObject::SyncObject(const char* name, std::uint64_t initial, std::uint64_t capacity,
                       std::int32_t index)
    : id_(Execution::mine().add_object({name, index, initial, capacity, this})) {
  clock_.clear(Execution::mine().units());
}

/// Every operation on a synchronization object waits for an empty store buffer, as the locked
/// instructions do by which it is made on x86.
Op SyncObject::make(OpKind kind) const {
  Op op;
  op.kind = kind;
  op.object = id_;
  op.flags = Op::kDrains;
  return op;
}

bool MutexState::free(const Execution&, std::size_t, const void* mutex) {
  return !static_cast<const MutexState*>(mutex)->held();
}

void MutexState::take(Execution& execution) {
  if (is_watched()) TsanWatch::lock(this);
  holder_ = static_cast<Proc>(execution.current());
  execution.lock(id()).holder = holder_;
  receive(execution);
  execution.state_changed();
}

bool MutexState::try_take(Execution& execution) {
  if (held()) {
    execution.note_failed_try();
    return false;
  }
  take(execution);
  return true;
}

void MutexState::give_up(Execution& execution) {
  if (!held_by_current(execution)) {
    execution.note_failed_try();
    return execution.fail(FailureKind::kLockMisuse,
                          unit_text(execution) + " unlocked " + execution.name_of_object(id()) +
                              ", held by " +
                              (held() ? "unit " + std::to_string(holder_) : std::string("nobody")));
  }
  holder_ = kNobody;
  execution.lock(id()).holder = kNobody;
  publish(execution);
  if (is_watched()) TsanWatch::unlock(this);
  execution.state_changed();
}

Op ConditionState::make_wait(const MutexState& mutex) const {
  Op op = make(OpKind::kWait);
  op.other = mutex.id();
  return op;
}

void ConditionState::queue(Execution& execution, MutexState& mutex) {
  if (!mutex.held_by_current(execution)) {
    execution.note_failed_try();
    return execution.fail(FailureKind::kLockMisuse,
                          unit_text(execution) + " waited at " + execution.name_of_object(id()) +
                              " without holding " + execution.name_of_object(mutex.id()));
  }
  queued_ |= bit(execution.current());
  mutex.give_up(execution);
}

bool ConditionState::notified(const Execution&, std::size_t unit, const void* condition) {
  const auto& notifications = static_cast<const ConditionState*>(condition)->notifications_;
  return std::any_of(notifications.begin(), notifications.end(),
                     [&](std::uint64_t who) { return (who & bit(unit)) != 0; });
}

void ConditionState::leave(Execution& execution) {
  const std::uint64_t me = bit(execution.current());
  queued_ &= ~me;
  // The oldest one: later ones have at least as many to go to.
  const auto mine = std::find_if(notifications_.begin(), notifications_.end(),
                                 [&](std::uint64_t who) { return (who & me) != 0; });
  if (mine != notifications_.end()) notifications_.erase(mine);
  for (std::uint64_t& who : notifications_) who &= ~me;
  std::erase(notifications_, 0U);
  execution.state_changed();
}

void ConditionState::notify(Execution& execution, bool all) {
  if (queued_ == 0) return execution.note_unheard(id());
  if (!all) {
    notifications_.push_back(queued_);
  } else {
    for (std::uint64_t left = queued_; left != 0; left &= left - 1)
      notifications_.push_back(left & -left);
  }
  execution.state_changed();
}

bool SemaphoreState::available(const Execution&, std::size_t, const void* semaphore) {
  return static_cast<const SemaphoreState*>(semaphore)->count_ > 0;
}

void SemaphoreState::take(Execution& execution) {
  --count_;
  receive(execution);
  execution.state_changed();
}

void SemaphoreState::give(Execution& execution) {
  ++count_;
  publish(execution);
  execution.state_changed();
}

Op BarrierState::make_pass(std::uint64_t phase) const {
  Op op = make(OpKind::kPass);
  op.flags |= Op::kReadsOnly;
  op.argument = phase;
  return op;
}

std::uint64_t BarrierState::arrive(Execution& execution) {
  const std::uint64_t phase = arrived_ / parties_;
  ++arrived_;
  publish(execution);
  execution.state_changed();
  return phase;
}

bool BarrierState::complete(const Execution& execution, std::size_t unit, const void* barrier) {
  const auto* self = static_cast<const BarrierState*>(barrier);
  return self->arrived_ / self->parties_ > execution.announced(unit).argument;
}

void BarrierState::pass(Execution& execution) { receive(execution); }

bool ChannelState::has_room(const Execution& execution, std::size_t, const void* channel) {
  const auto* self = static_cast<const ChannelState*>(channel);
  return self->values_.size() < execution.object(self->id()).capacity;
}

bool ChannelState::has_value(const Execution&, std::size_t, const void* channel) {
  return !static_cast<const ChannelState*>(channel)->values_.empty();
}

void ChannelState::put(Execution& execution, std::uint64_t value) {
  values_.push_back(value);
  execution.note_write(value);
  publish(execution);
  execution.state_changed();
}

std::uint64_t ChannelState::get(Execution& execution) {
  const std::uint64_t value = values_.front();
  values_.erase(values_.begin());
  execution.note_read(value);
  receive(execution);
  publish(execution);
  execution.state_changed();
  return value;
}

}  // namespace controlled

Routine<> ConditionVariable<Controlled>::wait(UnitOf<Controlled> unit, Mutex<Controlled>& mutex) {
  controlled::MutexState& held = mutex.state();
  co_await controlled::step(state_.make_wait(held), [&](controlled::Execution& execution) {
    state_.queue(execution, held);
  });
  co_await controlled::waiting_step(
      state_.make_wake(), &controlled::ConditionState::notified, &state_,
      [this](controlled::Execution& execution) { state_.leave(execution); });
  co_await mutex.lock(unit);
}

Routine<> Barrier<Controlled>::arrive_and_wait(UnitOf<Controlled>) {
  const std::uint64_t phase = co_await controlled::step(
      state_.make_arrive(),
      [this](controlled::Execution& execution) { return state_.arrive(execution); });
  co_await controlled::waiting_step(
      state_.make_pass(phase), &controlled::BarrierState::complete, &state_,
      [this](controlled::Execution& execution) { state_.pass(execution); });
}

bool UnitOf<Controlled>::joinable(const controlled::Execution& execution, std::size_t unit,
                                  const void*) {
  return execution.joinable(execution.announced(unit).index);
}

controlled::Op UnitOf<Controlled>::make(controlled::OpKind kind, std::size_t unit) {
  controlled::Op op;
  op.kind = kind;
  op.index = static_cast<std::uint32_t>(unit);
  op.flags = controlled::Op::kDrains;
  return op;
}

/// Only a sequentially consistent fence holds stores back from later loads (x86: mfence).
controlled::Op UnitOf<Controlled>::make_fence(std::memory_order order) {
  controlled::Op op;
  op.kind = controlled::OpKind::kFence;
  op.order = order;
  if (order == std::memory_order_seq_cst) op.flags = controlled::Op::kDrains;
  return op;
}

}  // namespace assay
