/// The kinds of reports: one enumerator for what several detectors call by several names.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay {

enum class ReportKind : std::uint8_t {
  // Order and locking
  kDataRace,
  kVptrRace,
  kUseAfterFreeRace,
  kLockOrderInversion,
  kThreadLeak,
  kDoubleLock,
  kUnlockOfUnlocked,
  kUnlockByOther,
  kDestroyOfLocked,
  kInvalidMutex,
  kReadLockMisuse,
  kConditionMisuse,
  kBarrierMisuse,
  kSemaphoreMisuse,
  kThreadMisuse,
  kCallFailed,
  kExitHoldingLock,
  kSignalUnsafeCall,
  kErrnoInHandler,
  // Memory
  kHeapBufferOverflow,
  kStackBufferOverflow,
  kGlobalBufferOverflow,
  kContainerOverflow,
  kOtherOverflow,
  kUseAfterFree,
  kUseAfterReturn,
  kUseAfterScope,
  kUseAfterPoison,
  kDoubleFree,
  kBadFree,
  kMismatchedFree,
  kOverlap,
  kNegativeSize,
  kInitializationOrder,
  kOdrViolation,
  kAllocationFailure,
  kUninitializedValue,
  kInvalidPointerPair,
  kLeak,
  // Undefined behaviour
  kSignedOverflow,
  kUnsignedOverflow,
  kShift,
  kDivisionByZero,
  kIndexOutOfBounds,
  kNullPointer,
  kMisaligned,
  kInvalidValue,
  kImplicitConversion,
  kObjectType,
  kMissingReturn,
  kUnreachable,
  kFloatCast,
  kArraySize,
  kPointerOverflow,
  kFunctionType,
  kInvalidArgument,
  kOtherUndefined,
  // How a program ends
  kSegv,
  kStackOverflow,
  kArithmeticSignal,
  kAbort,
  kOtherSignal,
  // The detector itself
  kDetectorFailure,
  kUnknown,  ///< None of these; `Report::text` has the detector's words.
};

/// "data-race": stable, for files and rules.
std::string_view slug(ReportKind kind);

/// One sentence for a person who has never seen such a report.
std::string_view meaning(ReportKind kind);

/// The kind that the words of a detector mean ("data race", "heap-use-after-free", "Conflicting
/// load by thread 2 at ...", "signed integer overflow: ..."); kUnknown for words that are not
/// known.
ReportKind kind_of_sanitizer(std::string_view words);
ReportKind kind_of_undefined(std::string_view words);
ReportKind kind_of_valgrind(std::string_view words);

}  // namespace assay
