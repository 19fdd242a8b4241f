#include "sanitizers/reports/report_kind.h"

#include <algorithm>
#include <array>
#include <span>

namespace assay {
namespace {

using enum ReportKind;

struct KindRow {
  ReportKind kind;
  std::string_view slug;
  std::string_view meaning;
};

constexpr KindRow kKinds[] = {
    {kDataRace, "data-race",
     "Two threads access the same memory, at least one writes, and nothing orders the two."},
    {kVptrRace, "vptr-race",
     "One thread calls a virtual function while another constructs or destroys the object."},
    {kUseAfterFreeRace, "use-after-free-race",
     "One thread frees memory while another still uses it, and nothing orders the two."},
    {kLockOrderInversion, "lock-order-inversion",
     "Locks are taken in one order here and in another there, so threads can wait for each other "
     "forever."},
    {kThreadLeak, "thread-leak", "A thread was neither joined nor detached."},
    {kDoubleLock, "double-lock", "A thread locks a mutex that it already holds."},
    {kUnlockOfUnlocked, "unlock-of-unlocked",
     "A mutex is unlocked that nobody holds, or at least not this thread."},
    {kUnlockByOther, "unlock-by-other", "A mutex is unlocked by a thread that does not hold it."},
    {kDestroyOfLocked, "destroy-of-locked", "A mutex is destroyed while it is locked."},
    {kInvalidMutex, "invalid-mutex",
     "A mutex is used that was destroyed, or was neither initialized nor locked before."},
    {kReadLockMisuse, "rwlock-misuse",
     "A read-write lock is locked or unlocked against its rules."},
    {kConditionMisuse, "condition-misuse",
     "A condition variable is used against its rules (mutex, lifetime)."},
    {kBarrierMisuse, "barrier-misuse", "A barrier is used against its rules."},
    {kSemaphoreMisuse, "semaphore-misuse", "A semaphore is used against its rules."},
    {kThreadMisuse, "thread-misuse", "A thread is joined or detached that cannot be."},
    {kCallFailed, "call-failed", "A call of the threads library failed."},
    {kExitHoldingLock, "exit-holding-lock", "A thread ends while it holds a lock."},
    {kSignalUnsafeCall, "signal-unsafe-call",
     "A signal handler calls a function that is not safe there."},
    {kErrnoInHandler, "errno-in-handler",
     "A signal handler changes errno under the code that it interrupted."},
    {kHeapBufferOverflow, "heap-buffer-overflow", "An access beyond a block of the heap."},
    {kStackBufferOverflow, "stack-buffer-overflow", "An access beyond a variable on the stack."},
    {kGlobalBufferOverflow, "global-buffer-overflow", "An access beyond a global variable."},
    {kContainerOverflow, "container-overflow",
     "An access within the memory of a container but beyond its elements."},
    {kOtherOverflow, "buffer-overflow", "An access beyond an object."},
    {kUseAfterFree, "use-after-free", "An access to memory that was freed."},
    {kUseAfterReturn, "use-after-return",
     "An access to a local variable of a function that has returned."},
    {kUseAfterScope, "use-after-scope", "An access to a local variable after its scope."},
    {kUseAfterPoison, "use-after-poison", "An access to memory that the program marked off."},
    {kDoubleFree, "double-free", "Memory is freed twice."},
    {kBadFree, "bad-free", "An address is freed that is not the start of an allocation."},
    {kMismatchedFree, "mismatched-free",
     "Memory is freed in another way than it was allocated (new, new[], malloc, size)."},
    {kOverlap, "overlap", "Source and target of a copy overlap."},
    {kNegativeSize, "negative-size", "A size that is negative, read as a huge one."},
    {kInitializationOrder, "initialization-order",
     "A global is read before its own initializer ran, in another file."},
    {kOdrViolation, "odr-violation", "Two definitions of one name differ."},
    {kAllocationFailure, "allocation-failure", "An allocation is impossible or too large."},
    {kUninitializedValue, "uninitialized-value", "A decision depends on memory never written."},
    {kInvalidPointerPair, "invalid-pointer-pair", "Pointers of different objects are compared."},
    {kLeak, "leak", "Memory that nothing points to any more was never freed."},
    {kSignedOverflow, "signed-overflow", "The result of signed arithmetic does not fit its type."},
    {kUnsignedOverflow, "unsigned-overflow", "The result of unsigned arithmetic wrapped around."},
    {kShift, "shift", "A shift by too much, of too much, or of a negative number."},
    {kDivisionByZero, "division-by-zero", "A division by zero."},
    {kIndexOutOfBounds, "index-out-of-bounds", "An index beyond the array."},
    {kNullPointer, "null-pointer", "A null pointer is used as if it pointed to an object."},
    {kMisaligned, "misaligned", "An address is not aligned as its type demands."},
    {kInvalidValue, "invalid-value", "A bool or an enumeration holds a value it cannot have."},
    {kImplicitConversion, "implicit-conversion",
     "A conversion that nobody wrote changed the value."},
    {kObjectType, "object-type", "A pointer does not point to an object of its type."},
    {kMissingReturn, "missing-return", "A function that must return a value ended without one."},
    {kUnreachable, "unreachable", "Code was reached that was declared unreachable."},
    {kFloatCast, "float-cast", "A floating-point value does not fit the type it is converted to."},
    {kArraySize, "array-size", "A variable-length array of no or negative size."},
    {kPointerOverflow, "pointer-overflow", "Pointer arithmetic left the address space."},
    {kFunctionType, "function-type", "A function is called through a pointer of another type."},
    {kInvalidArgument, "invalid-argument", "An argument or result that was declared impossible."},
    {kOtherUndefined, "undefined-behavior", "The behaviour is undefined."},
    {kSegv, "segv", "An access to memory that is not there, or not to be used in this way."},
    {kStackOverflow, "stack-overflow", "The stack is used up, mostly by unbounded recursion."},
    {kArithmeticSignal, "arithmetic-signal", "An arithmetic fault, mostly a division by zero."},
    {kAbort, "abort", "The program aborted itself."},
    {kOtherSignal, "signal", "A signal ended the program."},
    {kDetectorFailure, "detector-failure",
     "The detector itself failed; the program was not checked to its end."},
    {kUnknown, "unknown", "A report of a kind that this reader does not know."},
};

struct WordsRow {
  std::string_view words;
  ReportKind kind;
};

// How the words begin. Where two fit, the longer one counts.
constexpr WordsRow kSanitizerWords[] = {
    {"data race", kDataRace},
    {"race on ", kDataRace},
    {"Swift access race", kDataRace},
    {"data race on vptr", kVptrRace},
    {"heap-use-after-free (virtual call vs free)", kVptrRace},
    {"heap-use-after-free on address", kUseAfterFree},
    {"heap-use-after-free", kUseAfterFreeRace},
    {"lock-order-inversion", kLockOrderInversion},
    {"thread leak", kThreadLeak},
    {"double lock of a mutex", kDoubleLock},
    {"unlock of an unlocked mutex", kUnlockOfUnlocked},
    {"destroy of a locked mutex", kDestroyOfLocked},
    {"use of an invalid mutex", kInvalidMutex},
    {"read lock of a write locked mutex", kReadLockMisuse},
    {"read unlock of a write locked mutex", kReadLockMisuse},
    {"mutex held in the wrong context", kExitHoldingLock},
    {"signal-unsafe call", kSignalUnsafeCall},
    {"signal handler spoils errno", kErrnoInHandler},
    {"heap-buffer-overflow", kHeapBufferOverflow},
    {"stack-buffer-overflow", kStackBufferOverflow},
    {"stack-buffer-underflow", kStackBufferOverflow},
    {"dynamic-stack-buffer-overflow", kStackBufferOverflow},
    {"global-buffer-overflow", kGlobalBufferOverflow},
    {"container-overflow", kContainerOverflow},
    {"intra-object-overflow", kOtherOverflow},
    {"unknown-crash", kOtherOverflow},
    {"stack-use-after-return", kUseAfterReturn},
    {"stack-use-after-scope", kUseAfterScope},
    {"use-after-poison", kUseAfterPoison},
    {"attempting double-free", kDoubleFree},
    {"attempting free on address which was not malloc", kBadFree},
    {"attempting to call malloc_usable_size", kBadFree},
    {"attempting to call __sanitizer_get_allocated_size", kBadFree},
    {"alloc-dealloc-mismatch", kMismatchedFree},
    {"new-delete-type-mismatch", kMismatchedFree},
    {"negative-size-param", kNegativeSize},
    {"initialization-order-fiasco", kInitializationOrder},
    {"odr-violation", kOdrViolation},
    {"requested allocation size", kAllocationFailure},
    {"allocation-size-too-big", kAllocationFailure},
    {"calloc parameters overflow", kAllocationFailure},
    {"reallocarray parameters overflow", kAllocationFailure},
    {"pvalloc parameters overflow", kAllocationFailure},
    {"invalid allocation alignment", kAllocationFailure},
    {"invalid aligned_alloc alignment", kAllocationFailure},
    {"invalid alignment requested", kAllocationFailure},
    {"allocator is out of memory", kAllocationFailure},
    {"out of memory", kAllocationFailure},
    {"out-of-memory", kAllocationFailure},
    {"specified RSS limit exceeded", kAllocationFailure},
    {"hard rss limit exhausted", kAllocationFailure},
    {"use-of-uninitialized-value", kUninitializedValue},
    {"invalid-pointer-pair", kInvalidPointerPair},
    {"bad parameters to __sanitizer_annotate_", kInvalidArgument},
    {"detected memory leaks", kLeak},
    {"Joining already joined thread", kThreadMisuse},
    {"Joining detached thread", kThreadMisuse},
    {"Joining non-joinable thread", kThreadMisuse},
    {"SEGV on unknown address", kSegv},
    {"BUS on unknown address", kSegv},
    {"stack-overflow", kStackOverflow},
    {"FPE on unknown address", kArithmeticSignal},
    {"ABRT on unknown address", kAbort},
    {"ILL on unknown address", kOtherSignal},
    {"TRAP on unknown address", kOtherSignal},
    {"CHECK failed", kDetectorFailure},
    {"unexpected memory mapping", kDetectorFailure},
    {"failed to allocate", kAllocationFailure},
    {"failed to", kDetectorFailure},
    {"internal error", kDetectorFailure},
};

// The words occur anywhere; the first row that fits counts.
constexpr WordsRow kUndefinedWords[] = {
    {"unsigned integer overflow", kUnsignedOverflow},
    {"signed integer overflow", kSignedOverflow},
    {"negation of", kSignedOverflow},
    {"shift exponent", kShift},
    {"left shift of", kShift},
    {"division by zero", kDivisionByZero},
    {"division of", kSignedOverflow},
    {"out of bounds for type", kIndexOutOfBounds},
    {"with insufficient space", kObjectType},
    {"misaligned address", kMisaligned},
    {"assumption of", kMisaligned},
    {"null pointer passed as argument", kInvalidArgument},
    {"null pointer returned from function", kInvalidArgument},
    {"null pointer use in", kNullPointer},
    {"applying zero offset to null pointer", kPointerOverflow},
    {"applying non-zero offset", kPointerOverflow},
    {"offset to null pointer", kPointerOverflow},
    {"pointer index expression", kPointerOverflow},
    {"addition of unsigned offset", kPointerOverflow},
    {"subtraction of unsigned offset", kPointerOverflow},
    {"null pointer", kNullPointer},
    {"not a valid value for type", kInvalidValue},
    {"does not point to an object of type", kObjectType},
    {"without returning a value", kMissingReturn},
    {"unreachable", kUnreachable},
    {"outside the range of representable values", kFloatCast},
    {"variable length array bound", kArraySize},
    {"through pointer to incorrect function type", kFunctionType},
    {"control flow integrity check", kFunctionType},
    {"passing zero to", kInvalidArgument},
    {"assumption is violated", kInvalidArgument},
    {"implicit conversion", kImplicitConversion},
};

constexpr WordsRow kValgrindWords[] = {
    {"Possible data race", kDataRace},
    {"Conflicting load", kDataRace},
    {"Conflicting store", kDataRace},
    {"lock order \"", kLockOrderInversion},
    {"re-lock a non-recursive", kDoubleLock},
    {"Recursive locking not allowed", kDoubleLock},
    {"Recursive writer locking", kDoubleLock},
    {"currently held by thread", kUnlockByOther},
    {"Mutex not locked by calling thread", kUnlockByOther},
    {"unlocked a not-locked lock", kUnlockOfUnlocked},
    {"unlocked an invalid lock", kInvalidMutex},
    {"Mutex not locked:", kUnlockOfUnlocked},
    {"of a locked mutex", kDestroyOfLocked},
    {"Destroying locked mutex", kDestroyOfLocked},
    {"with invalid argument", kInvalidMutex},
    {"is not a mutex", kInvalidMutex},
    {"called with invalid mutex", kConditionMisuse},
    {"called with un-held mutex", kConditionMisuse},
    {"called with mutex of type pthread_rwlock_t", kConditionMisuse},
    {"called with mutex held by a different thread", kConditionMisuse},
    {"cond is associated with a different mutex", kConditionMisuse},
    {"associated lock is not held by any thread", kConditionMisuse},
    {"condition variable", kConditionMisuse},
    {"pthread_cond_", kConditionMisuse},
    {"Probably a race condition: condition variable", kConditionMisuse},
    {"barrier", kBarrierMisuse},
    {"Barrier", kBarrierMisuse},
    {"semaphore", kSemaphoreMisuse},
    {"Semaphore", kSemaphoreMisuse},
    {"eader-writer lock", kReadLockMisuse},
    {"rwlock", kReadLockMisuse},
    {"Lock is already exclusively held", kReadLockMisuse},
    {"Exiting thread still holds", kExitHoldingLock},
    {"locked at thread exit", kExitHoldingLock},
    {"invalid thread ID", kThreadMisuse},
    {"call to pthread_join failed", kThreadMisuse},
    {"call to pthread_detach failed", kThreadMisuse},
    {"call to ", kCallFailed},
    {"Invalid read", kOtherOverflow},
    {"Invalid write", kOtherOverflow},
    {"Invalid free", kBadFree},
    {"Mismatched free", kMismatchedFree},
    {"Conditional jump or move depends on uninitialised", kUninitializedValue},
    {"Use of uninitialised value", kUninitializedValue},
    {"contains uninitialised byte", kUninitializedValue},
    {"points to uninitialised byte", kUninitializedValue},
    {"points to unaddressable byte", kOtherOverflow},
    {"Jump to the invalid address", kSegv},
    {"has a fishy", kNegativeSize},
    {"overlap in", kOverlap},
    {"definitely lost", kLeak},
    {"indirectly lost", kLeak},
    {"(SIGSEGV)", kSegv},
    {"(SIGBUS)", kSegv},
    {"(SIGFPE)", kArithmeticSignal},
    {"(SIGABRT)", kAbort},
    {"Process terminating with default action", kOtherSignal},
    {"mutex", kInvalidMutex},
};

const KindRow& row_of(ReportKind kind) {
  const auto found = std::ranges::find(kKinds, kind, &KindRow::kind);
  return found == std::end(kKinds) ? std::end(kKinds)[-1] : *found;
}

ReportKind first_found(std::span<const WordsRow> rows, std::string_view words) {
  for (const WordsRow& row : rows) {
    if (words.find(row.words) != std::string_view::npos) return row.kind;
  }
  return kUnknown;
}

}  // namespace

std::string_view slug(ReportKind kind) { return row_of(kind).slug; }

std::string_view meaning(ReportKind kind) { return row_of(kind).meaning; }

ReportKind kind_of_sanitizer(std::string_view words) {
  const WordsRow* best = nullptr;
  for (const WordsRow& row : kSanitizerWords) {
    if (!words.starts_with(row.words)) continue;
    if (best == nullptr || row.words.size() > best->words.size()) best = &row;
  }
  if (best != nullptr) return best->kind;
  // "memcpy-param-overlap: ...", of any copying function.
  return words.find("-param-overlap") != std::string_view::npos ? kOverlap : kUnknown;
}

ReportKind kind_of_undefined(std::string_view words) {
  const ReportKind kind = first_found(kUndefinedWords, words);
  return kind == kUnknown ? kOtherUndefined : kind;
}

ReportKind kind_of_valgrind(std::string_view words) { return first_found(kValgrindWords, words); }

}  // namespace assay
