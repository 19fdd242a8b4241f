#include "sanitizers/reports/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "sanitizers/reports/advice_for_c.h"
#include "sanitizers/reports/advice_for_others.h"
#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/phrases.h"

namespace assay {
namespace {

using enum ReportKind;
using Fixes = std::span<const std::string_view>;

constexpr std::string_view kGuardFix =
    "guard both accesses with the same mutex, if there is one for this data already";
constexpr std::string_view kAtomicFix =
    "make it std::atomic, if the value stands alone (no second variable must agree with it)";
constexpr std::string_view kOrderFix =
    "order them: join the thread, or hand the data over by a future, a channel or a latch";
constexpr std::string_view kOwnCopyFix =
    "do not share: give each thread its own copy and merge at the end";
constexpr std::array<std::string_view, 3> kCoroutineFixes = {
    "let one owner resume and destroy the coroutine, and clear its handle after destroy()",
    "take the parameters of a coroutine by value, and capture nothing in a lambda that is one",
    "ask done() before resume(); at its final suspension a coroutine may only be destroyed",
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
constexpr std::array<std::string_view, 2> kMismatchFixes = {
    "free as it was allocated: new with delete, new[] with delete[], malloc with free, and by the "
    "type that was allocated (a virtual destructor)",
    "give the memory one owner that frees it (std::unique_ptr, a container)",
};
constexpr std::array<std::string_view, 3> kContainerFixes = {
    "check the index against size(), not capacity(): reserve() makes no elements",
    "do not keep references or iterators into what may be freed, moved or grown",
    "compile every library that handles the container with -fsanitize=address: one that is not "
    "makes this report where nothing is wrong",
};
constexpr std::array<std::string_view, 3> kConditionFixes = {
    "hold the mutex of the condition variable where the state changes that is waited for",
    "wait in a loop that asks for that state, with the mutex held, and with one mutex only",
    "to signal after the unlock is allowed: where the state changed under the mutex, a suppression "
    "ends the report",
};
constexpr std::array<std::string_view, 2> kCallFixes = {
    "look the error up in the manual page of the call: EINVAL is for what was not initialized or "
    "was destroyed, EBUSY for what is in use, EDEADLK for a thread that waits for itself",
    "look at what such calls return, at each of them",
};
constexpr std::array<std::string_view, 2> kFunctionTypeFixes = {
    "give the function the type that it is called by, and convert its arguments inside of it",
    "call it through a pointer of its own type: a cast of a function pointer must be undone first",
};
constexpr std::array<std::string_view, 2> kUninitializedFixes = {
    "initialize it where it is declared or allocated",
    "compile every library with the detector, where that is MemorySanitizer: what others write "
    "counts as never written",
};
constexpr std::array<std::string_view, 2> kArgumentFixes = {
    "do not call it with a null pointer, not even for 0 bytes: ask for the size first",
    "look where the value comes from: an empty container, a failed allocation or search",
};
constexpr std::array<std::string_view, 3> kObjectTypeFixes = {
    "look whether the object lives: where the note calls its vptr invalid, it was destroyed, was "
    "overwritten, or is not constructed yet",
    "cast to the type that the object has (the note names it), or ask by dynamic_cast",
    "give what hands out the pointer the type that it means",
};
constexpr std::array<std::string_view, 2> kFailureFixes = {
    "build with another version of the compiler: its runtime failed, or met what it does not know",
    "look for another report before it: memory that was destroyed makes detectors fail too",
};
constexpr std::array<std::string_view, 2> kMappingFixes = {
    "run it with less randomness of addresses: setarch -R PROGRAM, or sysctl vm.mmap_rnd_bits=28",
    "build with a newer compiler, whose runtime copes with it",
};
constexpr std::array<std::string_view, 2> kTracedFixes = {
    "run it without a debugger, strace or another tracer; in a container allow ptrace "
    "(--cap-add=SYS_PTRACE)",
    "or look for no leaks there: ASAN_OPTIONS=detect_leaks=0",
};
constexpr std::array<std::string_view, 2> kAddressSpaceFixes = {
    "allow it the address space that it asks for: ulimit -v unlimited, no limit of the container "
    "below that",
    "build with a newer compiler, whose runtime copes with it",
};
constexpr std::array<std::string_view, 2> kLeakFixes = {
    "let an owner free it: std::unique_ptr, a container, a destroyed coroutine handle",
    "break cycles of std::shared_ptr with a std::weak_ptr",
};
constexpr std::array<std::string_view, 2> kArithmeticFixes = {
    "check the operands first, or use a wider type",
    "compute in an unsigned type where wrapping around is meant; __builtin_*_overflow tells",
};
constexpr std::array<std::string_view, 2> kDivisionFixes = {
    "check the divisor first: not zero, and not -1 where the dividend can be the smallest number",
    "look where the divisor comes from: a count, a size or an input that can be empty",
};
constexpr std::array<std::string_view, 2> kFloatCastFixes = {
    "compare with the bounds of the target type before the cast; a NaN is within none",
    "convert to a wider type, or clamp where that is meant (std::clamp)",
};
constexpr std::array<std::string_view, 2> kInvalidValueFixes = {
    "initialize it: most such values were never written",
    "check bytes that come from outside before they become a bool or an enumeration",
};
constexpr std::array<std::string_view, 2> kPointerOverflowFixes = {
    "check the offset before it is added: it leaves what the pointer points into",
    "compute with indices and sizes, and make a pointer of them last",
};
constexpr std::array<std::string_view, 2> kOverlapFixes = {
    "copy with std::memmove, or std::copy and std::copy_backward, which may overlap",
    "check the length, if source and target were not meant to touch",
};
constexpr std::array<std::string_view, 2> kAllocationFixes = {
    "look where the size comes from: a negative number, an overflow, or an unchecked input",
    "check it against a limit before the allocation",
};
constexpr std::array<std::string_view, 3> kOdrFixes = {
    "define it in one file, and declare it extern in a header that both include",
    "give each file its own: static, or an unnamed namespace",
    "link it into one of the program and its shared libraries only",
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
      return kFreeFixes;
    case kMismatchedFree:
      return kMismatchFixes;
    case kContainerOverflow:
      return kContainerFixes;
    case kHeapBufferOverflow:
    case kStackBufferOverflow:
    case kGlobalBufferOverflow:
    case kOtherOverflow:
    case kIndexOutOfBounds:
    case kNegativeSize:
      return kOverflowFixes;
    case kOverlap:
      return kOverlapFixes;
    case kAllocationFailure:
      return kAllocationFixes;
    case kLeak:
      return kLeakFixes;
    case kInitializationOrder:
      return kInitializationFixes;
    case kOdrViolation:
      return kOdrFixes;
    case kStackOverflow:
      return kStackFixes;
    case kSegv:
    case kNullPointer:
    case kMisaligned:
      return kPointerFixes;
    case kObjectType:
      return kObjectTypeFixes;
    case kInvalidArgument:
      return kArgumentFixes;
    case kFunctionType:
      return kFunctionTypeFixes;
    case kUninitializedValue:
      return kUninitializedFixes;
    case kInvalidValue:
      return kInvalidValueFixes;
    case kPointerOverflow:
      return kPointerOverflowFixes;
    default:
      return kOtherFixes;
  }
}

bool in_stack(const Stack& stack, std::string_view name) {
  return std::ranges::any_of(
      stack, [&](const Frame& frame) { return frame.function.find(name) != std::string::npos; });
}

bool holds(const Access& access, std::string_view mutex) {
  return std::ranges::find(access.mutexes, mutex, &HeldMutex::name) != access.mutexes.end();
}

bool calls(const Report& report, std::string_view name) {
  return std::ranges::any_of(report.accesses,
                             [&](const Access& access) { return in_stack(access.stack, name); });
}

/// Is a coroutine resumed or destroyed at one of the places, or where the memory went?
bool in_coroutine(const Report& report) {
  constexpr std::array kNames = {"coroutine_handle", "(.resume)", "[clone .resume]", ".actor",
                                 "(.destroy)"};
  return std::ranges::any_of(kNames, [&](std::string_view name) {
    return calls(report, name) || in_stack(report.location.freed, name);
  });
}

/// Is one of the accesses in a function of the library, such as one of a container?
bool in_library_call(const Report& report) {
  return std::ranges::any_of(report.accesses, [](const Access& access) {
    return access.until.empty() && !access.stack.empty() && is_library_frame(access.stack.front());
  });
}

/// Is an access that is not atomic inside of the library, such as the making of a shared_ptr's
/// count?
bool plain_side_in_library(const Report& report) {
  return std::ranges::any_of(report.accesses, [](const Access& access) {
    return !access.atomic && !access.stack.empty() && is_library_frame(access.stack.front());
  });
}

std::string first_race_fix(const Report& report) {
  if (different_locks(report)) {
    return fmt::format("hold the same mutex at both: {} here as there, or {}",
                       held_by(report.accesses[0]), held_by(report.accesses[1]));
  }
  if (read_locked(report)) {
    return "lock for writing where it is written: std::unique_lock, not std::shared_lock";
  }
  if (!one_side_locked(report)) return std::string(kGuardFix);
  const bool first = !report.accesses[0].mutexes.empty();
  const Access& locked = report.accesses[first ? 0 : 1];
  const Access& bare = report.accesses[first ? 1 : 0];
  return fmt::format("take {} at the other access too, in {}{}", held_by(locked),
                     thread_name(bare.thread),
                     short_where(bare.stack).empty() ? "" : " at " + short_where(bare.stack));
}

std::vector<std::string> race_fixes(const Report& report) {
  if (std::ranges::any_of(report.accesses, frees)) {
    return {kLifetimeRaceFixes.begin(), kLifetimeRaceFixes.end()};
  }
  if (report.location.kind == LocationKind::kFileDescriptor) {
    return {"close the descriptor after its last user: join the thread first",
            "guard its use and its close with the same mutex, and mark it closed (-1) there",
            "give it one owner; the others ask the owner, or have a duplicate (dup(2))"};
  }
  const bool some_atomic = std::ranges::any_of(report.accesses, &Access::atomic);
  std::vector<std::string> fixes;
  if (some_atomic && !plain_side_in_library(report)) {
    fixes.emplace_back(
        "make the other access atomic too: both of a pair must be (std::atomic_ref)");
  }
  fixes.push_back(first_race_fix(report));
  // A container, or a whole table that is copied, cannot be made atomic.
  if (!some_atomic && !in_library_call(report)) fixes.emplace_back(kAtomicFix);
  fixes.emplace_back(kOrderFix);
  fixes.emplace_back(kOwnCopyFix);
  if (report.location.kind == LocationKind::kStack) {
    // Whoever has the variable on its stack knows the thread: to wait for it is the smallest.
    std::ranges::rotate(fixes, fixes.end() - 2);
  }
  return fixes;
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
  if (std::ranges::any_of(report.accesses, frees)) return "use_after_free_by_another_thread";
  if (different_locks(report)) return "wrong_mutex";
  if (read_locked(report)) return "write_under_read_lock";
  if (one_side_locked(report)) return "mutex_on_one_side_only";
  const bool atomic = std::ranges::any_of(report.accesses, &Access::atomic);
  if (atomic && calls(report, "_Sp_counted")) return "race_on_shared_ptr";
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

namespace {

Fixes fixes_of_kind(ReportKind kind) {
  switch (kind) {
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
    case kExitHoldingLock:
      return kLockUseFixes;
    case kConditionMisuse:
      return kConditionFixes;
    case kCallFailed:
      return kCallFixes;
    case kDestroyOfLocked:
    case kInvalidMutex:
      return kLockLifeFixes;
    case kSignalUnsafeCall:
    case kErrnoInHandler:
      return kSignalFixes;
    case kSignedOverflow:
    case kUnsignedOverflow:
    case kShift:
      return kArithmeticFixes;
    case kDivisionByZero:
    case kArithmeticSignal:
      return kDivisionFixes;
    case kFloatCast:
      return kFloatCastFixes;
    case kMissingReturn:
    case kUnreachable:
      return kMissingReturnFixes;
    default:
      return memory_fixes(kind);
  }
}

std::vector<const Stack*> all_stacks(const Report& report) {
  std::vector<const Stack*> stacks = {&report.location.freed, &report.location.stack};
  for (const Access& access : report.accesses) stacks.push_back(&access.stack);
  for (const LockEdge& edge : report.cycle) stacks.push_back(&edge.acquired_at);
  for (const Leak& leak : report.leaks) stacks.push_back(&leak.allocation);
  for (const TitledStack& titled : report.stacks) stacks.push_back(&titled.stack);
  for (const ReportThread& thread : report.threads) stacks.push_back(&thread.creation);
  return stacks;
}

Fixes fixes_of_failure(std::string_view words) {
  if (words.find("unexpected memory mapping") != words.npos) return kMappingFixes;
  if (words.starts_with("has encountered a fatal error")) return kTracedFixes;
  if (words.starts_with("failed to allocate")) return kAddressSpaceFixes;
  return kFailureFixes;
}

std::vector<std::string> fixes_of(const Report& report) {
  if (report.kind == kDataRace) return race_fixes(report);
  if (report.kind == kDetectorFailure) {
    const Fixes fixes = fixes_of_failure(report.text);
    return {fixes.begin(), fixes.end()};
  }
  if (linked_twice(report)) {
    std::vector<std::string> fixes(kOdrFixes.begin(), kOdrFixes.end());
    std::ranges::rotate(fixes, fixes.end() - 1);
    return fixes;
  }
  const bool lifetime = report.kind == kUseAfterFree || report.kind == kUseAfterFreeRace ||
                        report.kind == kUseAfterReturn || report.kind == kSegv;
  const Fixes fixes =
      lifetime && in_coroutine(report) ? Fixes(kCoroutineFixes) : fixes_of_kind(report.kind);
  return {fixes.begin(), fixes.end()};
}

/// "sanitizers/gallery/programs/wrong_mutex.cc" is about wrong_mutex.
std::string program_of_gallery(const Report& report) {
  constexpr std::string_view kFolder = "sanitizers/gallery/programs/";
  for (const Stack* stack : all_stacks(report)) {
    for (const Frame& frame : *stack) {
      const std::size_t at = frame.file.find(kFolder);
      if (at == std::string::npos || !frame.file.ends_with(".cc")) continue;
      const std::string name = frame.file.substr(at + kFolder.size());
      return name.substr(0, name.size() - 3);
    }
  }
  return "";
}

}  // namespace

std::vector<std::string> usual_fixes(const Report& report) {
  std::vector<std::string> fixes = fixes_of(report);
  switch (language_of(report)) {
    case Language::kC:
      return in_c(std::move(fixes));
    case Language::kRust:
      return in_rust(report, std::move(fixes));
    case Language::kSwift:
      return in_swift(report, std::move(fixes));
    case Language::kCPlusPlus:
      break;
  }
  return fixes;
}

bool linked_twice(const Report& report) {
  return report.kind == kOdrViolation && report.accesses.size() > 1 &&
         !report.accesses[0].stack.empty() && !report.accesses[1].stack.empty() &&
         place_of(report.accesses[0].stack[0]) == place_of(report.accesses[1].stack[0]);
}

bool different_locks(const Report& report) {
  if (report.accesses.size() < 2) return false;
  const Access& first = report.accesses[0];
  const Access& second = report.accesses[1];
  if (first.mutexes.empty() || second.mutexes.empty()) return false;
  return std::ranges::none_of(first.mutexes,
                              [&](const HeldMutex& held) { return holds(second, held.name); });
}

bool read_locked(const Report& report) {
  return report.accesses.size() >= 2 && !report.accesses[0].mutexes.empty() &&
         !report.accesses[1].mutexes.empty() && !different_locks(report);
}

bool one_side_locked(const Report& report) {
  if (report.accesses.size() < 2) return false;
  return report.accesses[0].mutexes.empty() != report.accesses[1].mutexes.empty();
}

std::string gallery_entry(const Report& report) {
  std::string itself = program_of_gallery(report);
  return itself.empty() ? std::string(resembling_entry(report)) : itself;
}

std::string_view resembling_entry(const Report& report) {
  const bool coroutine = in_coroutine(report);
  switch (report.kind) {
    case kDataRace:
      return race_entry(report);
    case kVptrRace:
      return "race_on_vtable_during_destruction";
    case kUseAfterFreeRace:
      return coroutine ? "coroutine_frame_used_after_destroy" : "use_after_free_by_another_thread";
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
      if (coroutine) return "coroutine_frame_used_after_destroy";
      return report.threads.empty() ? "use_after_free" : "use_after_free_by_another_thread";
    case kDoubleFree:
      return report.threads.empty() ? "" : "double_free_across_threads";
    case kUseAfterReturn:
      return coroutine ? "lambda_coroutine_captures_gone" : "stack_use_after_return_through_thread";
    case kSegv:
      return coroutine ? "coroutine_resumed_after_done" : "";
    case kStackOverflow:
      return "fiber_stack_overflow";
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
