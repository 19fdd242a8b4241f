#include "sanitizers/reports/usual_fixes.h"

#include <algorithm>

namespace assay {
namespace {

using enum ReportKind;

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
constexpr std::array<std::string_view, 2> kSignalFixes = {
    "in the handler only set a volatile sig_atomic_t or a lock-free atomic; do the work outside",
    "wait for the signal in a thread instead: sigwait(3) or signalfd(2)",
};
constexpr std::array<std::string_view, 3> kErrnoFixes = {
    "save errno at the beginning of the handler and restore it at its end",
    "in the handler only set a volatile sig_atomic_t or a lock-free atomic; do the work outside",
    "wait for the signal in a thread instead: sigwait(3) or signalfd(2)",
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
constexpr std::array<std::string_view, 2> kDoubleFreeFixes = {
    "give the memory one owner that frees it (std::unique_ptr, a container)",
    "let whoever only uses the memory not free it: say at the interface who does",
};
constexpr std::array<std::string_view, 3> kBadFreeFixes = {
    "free the pointer that the allocation returned: not one that was moved on or points into it",
    "free nothing that is a local or global variable, or a part of an object",
    "give the memory one owner that frees it (std::unique_ptr, a container)",
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
constexpr std::array<std::string_view, 2> kCallFixes = {
    "look the error up in the manual page of the call: EINVAL is for what was not initialized or "
    "was destroyed, EBUSY for what is in use, EDEADLK for a thread that waits for itself",
    "look at what such calls return, at each of them",
};
constexpr std::array<std::string_view, 2> kUninitializedFixes = {
    "initialize it where it is declared or allocated",
    "compile every library with the detector, where that is MemorySanitizer: what others write "
    "counts as never written",
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
constexpr std::array<std::string_view, 2> kInitializationFixes = {
    "put the global into a function as a static local, which is initialized at its first use",
    "make its initializer constant (constinit)",
};
constexpr std::array<std::string_view, 3> kStackFixes = {
    "bound the recursion, or make it a loop with a stack of its own",
    "move large local variables (arrays, alloca) to the heap",
    "give the thread or fiber a larger stack, with a guard page",
};
constexpr std::array<std::string_view, 2> kWildFixes = {
    "look where the pointer comes from: never initialized, overwritten, or of what is gone",
    "look at the cast that made it: of a number, or of a pointer to another type",
};
constexpr std::array<std::string_view, 3> kWildWriteFixes = {
    "copy what may only be read, such as a text in quotation marks, before it is changed",
    "look where the pointer comes from: never initialized, overwritten, or of what is gone",
    "look at the cast that made it: of a number, or of a pointer to another type",
};
constexpr std::array<std::string_view, 2> kNullCallFixes = {
    "check the pointer to the function before the call",
    "look where it comes from: a callback that nobody set, a symbol that was not found",
};
constexpr std::array<std::string_view, 2> kAbortFixes = {
    "look at what it printed before: an assertion that failed, or an exception that nobody caught",
    "look at the innermost line of your own code: what does not hold there?",
};
constexpr std::array<std::string_view, 2> kMemoryFixes = {
    "look for what grows without bound: a container, a queue, what is allocated and never freed",
    "give it more memory, if it needs that",
};
constexpr std::array<std::string_view, 2> kOtherFixes = {
    "read the places above from the innermost line of your own code outwards",
    "make the case small enough that it fails every time, then look again",
};

// Of much memory, not of one size that is impossible.
bool is_exhausted(std::string_view words) {
  constexpr std::array<std::string_view, 3> kWords = {"out of memory", "out-of-memory",
                                                      "rss limit"};
  return std::ranges::any_of(kWords, [&](auto part) { return words.find(part) != words.npos; });
}

Fixes memory_fixes(ReportKind kind) {
  switch (kind) {
    case kUseAfterFree:
    case kUseAfterPoison:
      return kUseAfterFixes;
    case kUseAfterReturn:
    case kUseAfterScope:
      return kLocalFixes;
    case kDoubleFree:
      return kDoubleFreeFixes;
    case kBadFree:
      return kBadFreeFixes;
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
      return kWildFixes;
    case kAbort:
      return kAbortFixes;
    case kUninitializedValue:
      return kUninitializedFixes;
    default:
      return kOtherFixes;
  }
}

}  // namespace

Fixes fixes_of_kind(ReportKind kind, std::string_view words) {
  if (const Fixes misuse = fixes_of_misuse(kind, words); !misuse.empty()) return misuse;
  if (const Fixes undefined = fixes_of_undefined(kind, words); !undefined.empty()) return undefined;
  if (kind == kAllocationFailure && is_exhausted(words)) return kMemoryFixes;
  switch (kind) {
    case kVptrRace:
      return kVptrFixes;
    case kUseAfterFreeRace:
      return kLifetimeRaceFixes;
    case kLockOrderInversion:
      return kOrderFixes;
    case kThreadLeak:
      return kThreadLeakFixes;
    case kDoubleLock:
    case kUnlockOfUnlocked:
    case kUnlockByOther:
    case kExitHoldingLock:
      return kLockUseFixes;
    case kCallFailed:
      return kCallFixes;
    case kDestroyOfLocked:
      return kLockLifeFixes;
    case kSignalUnsafeCall:
      return kSignalFixes;
    case kErrnoInHandler:
      return kErrnoFixes;
    default:
      return memory_fixes(kind);
  }
}

Fixes fixes_of_failure(std::string_view words) {
  if (words.find("unexpected memory mapping") != words.npos) return kMappingFixes;
  if (words.starts_with("has encountered a fatal error")) return kTracedFixes;
  const bool own_memory = words.starts_with("failed to allocate") ||
                          words.find("sanitizer_allocator_primary") != words.npos;
  if (own_memory) return kAddressSpaceFixes;
  return kFailureFixes;
}

Fixes wild_write_fixes() { return kWildWriteFixes; }

Fixes null_call_fixes() { return kNullCallFixes; }

std::vector<std::string> coroutine_fixes(ReportKind kind) {
  std::vector<std::string> fixes(kCoroutineFixes.begin(), kCoroutineFixes.end());
  // A dangling parameter or capture, and a coroutine that was at its end.
  const bool local = kind == kUseAfterReturn || kind == kUseAfterScope;
  if (local) std::ranges::rotate(fixes, fixes.begin() + 1);
  if (kind == kSegv) std::ranges::rotate(fixes, fixes.begin() + 2);
  return fixes;
}

}  // namespace assay
