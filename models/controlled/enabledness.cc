#include "models/controlled/enabledness.h"

#include <algorithm>
#include <cstdint>

namespace assay::controlled {
namespace {

bool mutex_free(const Op& op, const std::vector<Event>& events) {
  bool free = true;
  for (const Event& event : events) {
    const OpKind kind = event.op.kind;
    if (!event.succeeded) continue;
    if (kind == OpKind::kWait && event.op.other == op.object) free = true;
    if (event.op.object != op.object) continue;
    if (kind == OpKind::kLock || kind == OpKind::kTryLock) free = false;
    if (kind == OpKind::kUnlock) free = true;
  }
  return free;
}

std::uint64_t count(const Op& op, OpKind kind, const std::vector<Event>& events) {
  return static_cast<std::uint64_t>(
      std::count_if(events.begin(), events.end(), [&](const Event& event) {
        return event.succeeded && event.op.object == op.object && event.op.kind == kind;
      }));
}

/// What the unit would read: its own buffered store, or memory.
std::uint64_t value_seen(std::uint64_t initial, Proc proc, const Op& op,
                         const std::vector<Event>& events) {
  std::uint64_t memory = initial;
  struct {
    bool waits = false;
    std::uint32_t index = 0;
    std::uint64_t value = 0;
  } own;
  for (const Event& event : events) {
    if (event.op.object != op.object || !event.did_write) continue;
    if (event.op.has(Op::kBuffered)) {
      if (event.proc == proc) own = {true, event.op.index, event.written};
      continue;
    }
    memory = event.written;
    const bool flushed = event.proc == buffer_of(proc) && own.waits && event.op.index == own.index;
    if (flushed) own.waits = false;
  }
  return own.waits ? own.value : memory;
}

bool notified(Proc proc, const Op& op, const std::vector<Event>& events) {
  std::vector<std::uint64_t> notifications;
  std::uint64_t queued = 0;
  for (const Event& event : events) {
    if (event.op.object != op.object || !event.succeeded) continue;
    const std::uint64_t me = bit(event.proc);
    if (event.op.kind == OpKind::kWait) queued |= me;
    if (event.op.kind == OpKind::kNotifyOne && queued != 0) notifications.push_back(queued);
    if (event.op.kind == OpKind::kNotifyAll) {
      for (std::uint64_t left = queued; left != 0; left &= left - 1)
        notifications.push_back(left & -left);
    }
    if (event.op.kind != OpKind::kWake) continue;
    queued &= ~me;
    const auto mine = std::find_if(notifications.begin(), notifications.end(),
                                   [&](std::uint64_t who) { return (who & me) != 0; });
    if (mine != notifications.end()) notifications.erase(mine);
    for (std::uint64_t& who : notifications) who &= ~me;
    std::erase(notifications, 0U);
  }
  return std::any_of(notifications.begin(), notifications.end(),
                     [&](std::uint64_t who) { return (who & bit(proc)) != 0; });
}

}  // namespace

bool enabled_after(const Execution& execution, Proc proc, const Op& op,
                   const std::vector<Event>& events) {
  // Who waits for any change of what it read: the execution itself will say.
  if (op.has(Op::kWatches) || (op.kind == OpKind::kAwait && op.other != kNoObject)) return true;
  if (op.object == kNoObject) return false;
  const ObjectInfo& info = execution.object(op.object);
  switch (op.kind) {
    case OpKind::kLock:
      return mutex_free(op, events);
    case OpKind::kAcquire:
      return info.initial + count(op, OpKind::kRelease, events) > count(op, op.kind, events);
    case OpKind::kReceive:
      return count(op, OpKind::kSend, events) > count(op, op.kind, events);
    case OpKind::kSend:
      return count(op, op.kind, events) < info.capacity + count(op, OpKind::kReceive, events);
    case OpKind::kPass:
      return count(op, OpKind::kArrive, events) / info.capacity > op.argument;
    case OpKind::kAwait:
    case OpKind::kAwaitSwap:
      return holds(op.compare, value_seen(info.initial, proc, op, events), op.argument);
    case OpKind::kWake:
      return notified(proc, op, events);
    default:
      return false;
  }
}

}  // namespace assay::controlled
