#include "sanitizers/reports/advice.h"

#include <algorithm>
#include <array>

namespace assay {
namespace {

using enum ReportKind;
using Fixes = std::span<const std::string_view>;

constexpr std::array<std::string_view, 4> kRaceFixes = {
    "guard both accesses with the same mutex, if there is one for this data already",
    "make it std::atomic, if the value stands alone (no second variable must agree with it)",
    "order them: join the thread, or hand the data over by a future, a channel or a latch",
    "do not share: give each thread its own copy and merge at the end",
};
constexpr std::array<std::string_view, 3> kLifetimeRaceFixes = {
    "join the thread before the memory is freed",
    "let the thread own it as well: pass a std::shared_ptr by value, not a reference or raw "
    "pointer",
    "hand the ownership over (std::unique_ptr moved into the thread)",
};
constexpr std::array<std::string_view, 3> kVptrFixes = {
    "end whatever uses the object before its destructor begins (join in the most derived class)",
    "start threads after construction, not in a constructor of a base class",
    "let the users own the object: pass a std::shared_ptr by value",
};
constexpr std::array<std::string_view, 3> kOrderFixes = {
    "take both at once: std::scoped_lock(a, b) never deadlocks",
    "take them in one order everywhere (by rank or by address)",
    "release the first before the second is taken, if they need not be held together",
};
constexpr std::array<std::string_view, 2> kThreadLeakFixes = {
    "join the thread (std::jthread does it by itself)",
    "detach it, if nothing that it uses can end before it",
};
constexpr std::array<std::string_view, 3> kLockUseFixes = {
    "lock and unlock by std::lock_guard or std::unique_lock, in the thread that holds the lock",
    "where one thread signals another, use a semaphore or a condition variable: a mutex has an "
    "owner",
    "where a function that holds the lock calls another that takes it, split off a part that "
    "expects "
    "it held",
};
constexpr std::array<std::string_view, 2> kLockLifeFixes = {
    "let the mutex outlive every thread that uses it: join them first",
    "release the lock before its owner is destroyed",
};
constexpr std::array<std::string_view, 3> kSignalFixes = {
    "in the handler only set a volatile sig_atomic_t or a lock-free atomic; do the work outside",
    "wait for the signal in a thread instead: sigwait(3) or signalfd(2)",
    "save errno at the beginning of the handler and restore it at its end",
};
constexpr std::array<std::string_view, 3> kOverflowFixes = {
    "check the index or length against the size before the access (beware of off by one: < not <=)",
    "use a container that knows its size, with at() or a std::span",
    "compile with -D_GLIBCXX_ASSERTIONS, so that standard containers check",
};
constexpr std::array<std::string_view, 3> kUseAfterFixes = {
    "free later: after the last use, and after the threads that use it were joined",
    "make the owner explicit: std::unique_ptr for one, std::shared_ptr by value for several",
    "do not keep references or iterators into what may be freed, moved or grown",
};
constexpr std::array<std::string_view, 3> kLocalFixes = {
    "return or capture by value instead of by reference",
    "join the thread, or finish the coroutine, before the variable's scope ends",
    "move the variable to an owner that lives long enough",
};
constexpr std::array<std::string_view, 2> kFreeFixes = {
    "give the memory one owner that frees it (std::unique_ptr, a container)",
    "free as it was allocated: new with delete, new[] with delete[], malloc with free, and by the "
    "type that was allocated (a virtual destructor)",
};
constexpr std::array<std::string_view, 2> kLeakFixes = {
    "let an owner free it: std::unique_ptr, a container, a destroyed coroutine handle",
    "break cycles of std::shared_ptr with a std::weak_ptr",
};
constexpr std::array<std::string_view, 2> kArithmeticFixes = {
    "check the operands first, or use a wider type",
    "compute in an unsigned type where wrapping around is meant; __builtin_*_overflow tells",
};
constexpr std::array<std::string_view, 2> kPointerFixes = {
    "check the pointer, or make it a reference that cannot be null",
    "look at the cast that made it: copy bytes with std::memcpy instead of casting pointers",
};
constexpr std::array<std::string_view, 2> kInitializationFixes = {
    "put the global into a function as a static local, which is initialized at its first use",
    "make its initializer constant (constinit)",
};
constexpr std::array<std::string_view, 2> kMissingReturnFixes = {
    "return a value on every path",
    "end a path that cannot be reached by an assertion or an exception",
};
constexpr std::array<std::string_view, 2> kStackFixes = {
    "bound the recursion, or make it a loop with a stack of its own",
    "give the thread or fiber a larger stack, with a guard page",
};
constexpr std::array<std::string_view, 2> kOtherFixes = {
    "read the places above from the innermost line of your own code outwards",
    "make the case small enough that it fails every time, then look again",
};

Fixes memory_fixes(ReportKind kind) {
  switch (kind) {
    case kUseAfterFree:
    case kUseAfterPoison:
      return kUseAfterFixes;
    case kUseAfterReturn:
    case kUseAfterScope:
      return kLocalFixes;
    case kDoubleFree:
    case kBadFree:
    case kMismatchedFree:
      return kFreeFixes;
    case kHeapBufferOverflow:
    case kStackBufferOverflow:
    case kGlobalBufferOverflow:
    case kContainerOverflow:
    case kOtherOverflow:
    case kIndexOutOfBounds:
    case kNegativeSize:
    case kOverlap:
      return kOverflowFixes;
    case kLeak:
      return kLeakFixes;
    case kInitializationOrder:
    case kOdrViolation:
      return kInitializationFixes;
    case kStackOverflow:
      return kStackFixes;
    case kSegv:
    case kNullPointer:
    case kMisaligned:
    case kObjectType:
    case kInvalidValue:
    case kPointerOverflow:
      return kPointerFixes;
    default:
      return kOtherFixes;
  }
}

bool holds(const Access& access, std::string_view mutex) {
  return std::ranges::find(access.mutexes, mutex, &HeldMutex::name) != access.mutexes.end();
}

bool calls(const Report& report, std::string_view name) {
  const auto in = [&](const Stack& stack) {
    return std::ranges::any_of(
        stack, [&](const Frame& frame) { return frame.function.find(name) != std::string::npos; });
  };
  return std::ranges::any_of(report.accesses, [&](const Access& a) { return in(a.stack); });
}

std::string_view race_entry(const Report& report) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kCalls = {{
      {"memset", "memset_against_write"},
      {"memcpy", "race_through_memcpy"},
      {"std::vector<bool", "race_on_vector_of_bool"},
      {"std::vector", "race_of_vector_growth_and_read"},
      {"std::shared_ptr", "race_on_shared_ptr"},
      {"std::__cxx11::basic_string", "race_on_string_copy"},
      {"std::map", "race_on_map_insertion"},
      {"strtok", "race_in_strtok"},
  }};
  if (different_locks(report)) return "wrong_mutex";
  if (one_side_locked(report)) return "mutex_on_one_side_only";
  const bool atomic = std::ranges::any_of(report.accesses, &Access::atomic);
  if (atomic) return "partially_atomic_access";
  if (report.location.kind == LocationKind::kFileDescriptor) {
    return "descriptor_closed_against_write";
  }
  for (const auto& [name, entry] : kCalls) {
    if (calls(report, name)) return entry;
  }
  switch (report.location.kind) {
    case LocationKind::kThreadLocal:
      return "escaped_thread_local";
    case LocationKind::kStack:
      return "race_on_escaped_stack_variable";
    case LocationKind::kHeap:
      return "race_on_heap_object";
    default:
      return "race_on_counter";
  }
}

}  // namespace

std::span<const std::string_view> usual_fixes(ReportKind kind) {
  switch (kind) {
    case kDataRace:
      return kRaceFixes;
    case kVptrRace:
      return kVptrFixes;
    case kUseAfterFreeRace:
      return kLifetimeRaceFixes;
    case kLockOrderInversion:
      return kOrderFixes;
    case kThreadLeak:
    case kThreadMisuse:
      return kThreadLeakFixes;
    case kDoubleLock:
    case kUnlockOfUnlocked:
    case kUnlockByOther:
    case kReadLockMisuse:
    case kConditionMisuse:
    case kExitHoldingLock:
      return kLockUseFixes;
    case kDestroyOfLocked:
    case kInvalidMutex:
      return kLockLifeFixes;
    case kSignalUnsafeCall:
    case kErrnoInHandler:
      return kSignalFixes;
    case kSignedOverflow:
    case kUnsignedOverflow:
    case kShift:
    case kDivisionByZero:
    case kFloatCast:
    case kArithmeticSignal:
      return kArithmeticFixes;
    case kMissingReturn:
    case kUnreachable:
      return kMissingReturnFixes;
    default:
      return memory_fixes(kind);
  }
}

bool different_locks(const Report& report) {
  if (report.accesses.size() < 2) return false;
  const Access& first = report.accesses[0];
  const Access& second = report.accesses[1];
  if (first.mutexes.empty() || second.mutexes.empty()) return false;
  return std::ranges::none_of(first.mutexes,
                              [&](const HeldMutex& held) { return holds(second, held.name); });
}

bool one_side_locked(const Report& report) {
  if (report.accesses.size() < 2) return false;
  return report.accesses[0].mutexes.empty() != report.accesses[1].mutexes.empty();
}

std::string_view gallery_entry(const Report& report) {
  switch (report.kind) {
    case kDataRace:
      return race_entry(report);
    case kVptrRace:
      return "race_on_vtable_during_destruction";
    case kUseAfterFreeRace:
      return "use_after_free_by_another_thread";
    case kLockOrderInversion:
      return report.cycle.size() > 2 ? "lock_order_inversion_of_three"
                                     : "lock_order_inversion_of_two";
    case kThreadLeak:
      return "leaked_thread";
    case kDoubleLock:
      return "double_lock";
    case kUnlockOfUnlocked:
      return "unlock_of_unlocked_mutex";
    case kUnlockByOther:
      return "unlock_by_another_thread";
    case kDestroyOfLocked:
      return "mutex_destroyed_while_locked";
    case kConditionMisuse:
      return "condition_variable_without_mutex";
    case kSignalUnsafeCall:
      return "signal_unsafe_call";
    case kErrnoInHandler:
      return "errno_unsafe_handler";
    case kThreadMisuse:
      return "join_of_oneself";
    case kHeapBufferOverflow:
      return "heap_overflow_into_a_sibling";
    case kUseAfterFree:
      return report.threads.empty() ? "use_after_free" : "use_after_free_by_another_thread";
    case kDoubleFree:
      return report.threads.empty() ? "" : "double_free_across_threads";
    case kUseAfterReturn:
      return "stack_use_after_return_through_thread";
    case kUseAfterScope:
      return "stack_use_after_scope_through_thread";
    case kMismatchedFree:
      return "mismatched_delete";
    case kLeak:
      return "leak";
    case kSignedOverflow:
      return "signed_overflow";
    default:
      return "";
  }
}

}  // namespace assay
