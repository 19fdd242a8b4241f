// Loops that only read: what a unit waits for in place of going round for ever.
#include <unwind.h>

#include <algorithm>
#include <cstring>

#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/program.h"

namespace assay::unmodified {
namespace {

/// Where the program's own code called, with the registers that a call preserves.
struct Caller {
  Address stack = 0;
  Address place = 0;
  std::uint64_t digest = 0;

  void mix(std::uint64_t word) {
    digest = (digest ^ word) * 0x9E3779B97F4A7C15U;
    digest ^= digest >> 29;
  }
};

_Unwind_Reason_Code find_caller(_Unwind_Context* context, void* argument) {
  auto& caller = *static_cast<Caller*>(argument);
  const auto pc = _Unwind_GetIP(context);
  if (Image::mine().is_own_code(reinterpret_cast<void*>(pc))) return _URC_NO_REASON;
  // libgcc: where the frame that this one called begins.
  caller.stack = _Unwind_GetCFA(context);
  // System V ABI, AMD64: rbx, rbp, r12 to r15 by their DWARF numbers.
  for (const int preserved : {3, 6, 12, 13, 14, 15}) caller.mix(_Unwind_GetGR(context, preserved));
  caller.mix(pc);
  caller.place = pc;
  return _URC_END_OF_STACK;
}

/// With a digest of all that decides what the current unit does next, but for what it reads.
Caller caller_of(const Thread& thread) {
  Caller caller;
  _Unwind_Backtrace(&find_caller, &caller);
  caller.mix(thread.held);
  for (Address at = caller.stack & ~Address{7}; at < world::stack_top(thread.unit()); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, reinterpret_cast<const void*>(at), 8);
    caller.mix(word);
  }
  return caller;
}

}  // namespace

bool Program::any_changed(const Execution& execution, std::size_t unit, const void* thread) {
  const auto& self = *static_cast<const Thread*>(thread);
  if (self.watched_queue != nullptr &&
      controlled::ConditionState::notified(execution, unit, self.watched_queue))
    return true;
  return std::any_of(self.watch.begin(), self.watch.end(),
                     [unit](const Seen& seen) { return Program::mine()->changed(unit, seen); });
}

bool Program::changed(std::size_t unit, const Seen& seen) const {
  if (seen.mutex != nullptr) return !static_cast<const controlled::MutexState*>(seen.mutex)->held();
  if (seen.bytes == 0) return false;
  std::array<std::byte, 16> now{};
  const std::size_t bytes = std::min(seen.bytes, now.size());
  read_as(unit, seen.address, now.data(), bytes);
  return value_of(now.data(), bytes) != seen.value;
}

/// What nobody else is known to touch the unit itself has changed.
bool Program::changed_by_itself(const Seen& seen) {
  return seen.mutex == nullptr && changed(current().unit(), seen) &&
         shadow_.find(seen.address, seen.bytes) < 0;
}

std::uint64_t Program::before_read(int kind, Address address, const void* queue) {
  settle();
  Thread& thread = current();
  thread.place = 0;
  // Who was never here before need not be looked at closely.
  const bool again = std::any_of(thread.turns.begin(), thread.turns.end(), [&](const Turn& turn) {
    return turn.seen.kind == kind && turn.seen.address == address;
  });
  if (!again) return 0;
  const Caller caller = caller_of(thread);
  const std::uint64_t state = caller.digest;
  thread.place = caller.place;
  if (turns_enough(kind, address)) {
    thread.watch.clear();
    for (const Turn& turn : thread.turns) {
      if (!changed_by_itself(turn.seen)) thread.watch.push_back(turn.seen);
    }
    thread.watched_queue = queue;
    thread.seen.clear();
    thread.turns.clear();
    held_back_ = true;
    wait_for_change(true);
    thread.watch.clear();
    return state;
  }
  const auto before = std::find_if(thread.seen.begin(), thread.seen.end(), [&](const Seen& seen) {
    return seen.kind == kind && seen.address == address && seen.state == state;
  });
  if (before == thread.seen.end()) return state;
  // Where it holds a lock that it gives up on its way round, others would wait for it.
  if (std::any_of(before, thread.seen.end(),
                  [&](const Seen& seen) { return seen.holding < thread.holding; }))
    return state;
  thread.watch.assign(before, thread.seen.end());
  thread.watched_queue = queue;
  thread.seen.clear();
  thread.turns.clear();
  wait_for_change(false);
  thread.watch.clear();
  return state;
}

bool Program::may_repeat(int kind, Address address) {
  const Thread& thread = current();
  const std::uint32_t enough = kind == static_cast<int>(OpKind::kTryLock) ? kTries - 1 : kTurns - 1;
  return thread.repeated < kInOne && std::any_of(
                                         thread.turns.begin(), thread.turns.end(),
                                         [&](const Turn& turn) {
                                           return turn.seen.kind == kind &&
                                                  turn.seen.address == address &&
                                                  turn.count >= enough;
                                         });
}

bool Program::repeats(int kind, Address address) {
  Thread& thread = current();
  if (thread.last_read != std::pair(kind, address) || !may_repeat(kind, address)) return false;
  ++thread.repeated;
  held_back_ = true;
  return true;
}

bool Program::within_repeats() {
  const auto& last = current().last_read;
  return last && may_repeat(last->first, last->second);
}

bool Program::turns_enough(int kind, Address address) {
  const Thread& thread = current();
  if (kind == static_cast<int>(OpKind::kTryLock)) {
    std::uint32_t failed = 0;
    for (const Turn& turn : thread.turns) failed += turn.seen.kind == kind ? turn.count : 0;
    return failed >= kTries;
  }
  return std::any_of(thread.turns.begin(), thread.turns.end(), [&](const Turn& turn) {
    return turn.seen.kind == kind && turn.seen.address == address && turn.place == thread.place &&
           turn.count >= kTurns;
  });
}

void Program::after_read(const Seen& seen) {
  Thread& thread = current();
  if (seen.bytes > 0 || seen.mutex != nullptr) thread.last_read = {seen.kind, seen.address};
  if (thread.seen.size() >= kMostSeen) thread.seen.clear();
  thread.seen.push_back(seen);
  thread.seen.back().holding = thread.holding;
  for (Turn& turn : thread.turns) {
    if (turn.seen.kind != seen.kind || turn.seen.address != seen.address ||
        turn.place != thread.place)
      continue;
    turn.count = turn.seen.value == seen.value ? turn.count + 1 : 1;
    turn.seen = seen;
    return;
  }
  if (thread.turns.size() >= kMostSeen) thread.turns.clear();
  thread.turns.push_back({seen, thread.place, 1});
}

bool Program::reads_on() {
  Thread& thread = current();
  if (++thread.idle_reads < thread.next_idle || alone()) return false;
  // It may wait for what it does not see yet: the search begins anew in any case.
  if (shadow_.grown()) fail_here(controlled::FailureKind::kLivelock, "to be begun anew");
  // Less and less often: what only computes takes few steps more.
  const std::uint32_t next = 2 * thread.next_idle;
  step(Op{}, [](Execution&) {});
  thread.next_idle = next;
  return true;
}

void Program::wait_for_change(bool patient) {
  Thread& thread = current();
  Op op;
  op.kind = OpKind::kAwait;
  op.order = std::memory_order_relaxed;
  op.flags = Op::kReadsOnly | Op::kBlocks | Op::kWatches;
  bool one = thread.watched_queue == nullptr;
  for (const Seen& seen : thread.watch) {
    std::uint16_t id = controlled::kNoObject;
    if (seen.mutex != nullptr) {
      id = static_cast<const controlled::MutexState*>(seen.mutex)->id();
    } else if (seen.bytes > 0) {
      const std::ptrdiff_t found = shadow_.find(seen.address, seen.bytes);
      if (found >= 0) id = data_[static_cast<std::size_t>(found)].id;
    }
    one &= op.object == controlled::kNoObject || op.object == id;
    if (id != controlled::kNoObject) op.object = id;
  }
  if (patient) {
    op.flags |= Op::kPatient;
  } else if (one && op.object != controlled::kNoObject) {
    op.flags &= ~Op::kWatches;
    op.other = op.object;
  }
  waiting_step(op, &any_changed, &thread, [](Execution&) {});
}

}  // namespace assay::unmodified
