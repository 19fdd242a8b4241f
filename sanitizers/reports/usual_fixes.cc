#include "sanitizers/reports/usual_fixes.h"

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

}  // namespace

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

Fixes fixes_of_failure(std::string_view words) {
  if (words.find("unexpected memory mapping") != words.npos) return kMappingFixes;
  if (words.starts_with("has encountered a fatal error")) return kTracedFixes;
  if (words.starts_with("failed to allocate")) return kAddressSpaceFixes;
  return kFailureFixes;
}

Fixes coroutine_fixes() { return kCoroutineFixes; }

}  // namespace assay
