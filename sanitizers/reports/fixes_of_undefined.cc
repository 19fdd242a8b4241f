// Fixes for what UndefinedBehaviorSanitizer reports.
#include "sanitizers/reports/usual_fixes.h"

namespace assay {
namespace {

using enum ReportKind;

constexpr std::array<std::string_view, 2> kArithmeticFixes = {
    "check the operands first, or use a wider type",
    "compute in an unsigned type where wrapping around is meant; __builtin_*_overflow tells",
};
constexpr std::array<std::string_view, 3> kUnsignedFixes = {
    "compare before the subtraction, or use a wider type",
    "ask __builtin_*_overflow, which tells whether it wrapped around",
    "where that is meant, say so at the function: "
    "__attribute__((no_sanitize(\"unsigned-integer-overflow\")))",
};
constexpr std::array<std::string_view, 3> kShiftFixes = {
    "check the number of bits first: not negative, and less than the width of what is shifted",
    "shift a wider type: 1ULL << n, not 1 << n",
    "shift an unsigned value where a negative one can occur",
};
constexpr std::array<std::string_view, 2> kDivisionFixes = {
    "check the divisor first: not zero, and not -1 where the dividend can be the smallest number",
    "look where the divisor comes from: a count, a size or an input that can be empty",
};
constexpr std::array<std::string_view, 2> kFloatCastFixes = {
    "compare with the bounds of the target type before the cast; a NaN is within none",
    "convert to a wider type, or clamp where that is meant (std::clamp)",
};
constexpr std::array<std::string_view, 3> kConversionFixes = {
    "check the value against the bounds of the target type first",
    "give both sides the same type",
    "write the conversion as a cast where the loss is meant",
};
constexpr std::array<std::string_view, 2> kNullFixes = {
    "check the pointer, or make it a reference that cannot be null",
    "look where it comes from: a search without result, a failed allocation, what was given up or "
    "moved from",
};
constexpr std::array<std::string_view, 3> kMisalignedFixes = {
    "copy the bytes by std::memcpy into a variable of the type, instead of casting the pointer",
    "give the bytes the alignment of the type: alignas, an aligned allocation",
    "name a member of a packed struct itself, not a pointer to it",
};
constexpr std::array<std::string_view, 2> kInvalidValueFixes = {
    "initialize it: most such values were never written",
    "check bytes that come from outside before they become a bool or an enumeration",
};
constexpr std::array<std::string_view, 3> kObjectTypeFixes = {
    "look whether the object lives: where the note calls its vptr invalid, it was destroyed, was "
    "overwritten, or is not constructed yet",
    "cast to the type that the object has (the note names it), or ask by dynamic_cast",
    "give what hands out the pointer the type that it means",
};
constexpr std::array<std::string_view, 2> kMissingReturnFixes = {
    "return a value on every path",
    "end a path that cannot be reached by an assertion or an exception",
};
constexpr std::array<std::string_view, 2> kUnreachableFixes = {
    "handle the case that comes here, such as a value that no branch of a switch names",
    "end the path by an assertion or an abort, until it is sure that nothing takes it",
};
constexpr std::array<std::string_view, 2> kArraySizeFixes = {
    "check the length first: it must be 1 or more, and the stack must hold it",
    "take the memory from the heap: a std::vector may be empty and large",
};
constexpr std::array<std::string_view, 2> kPointerOverflowFixes = {
    "check the offset before it is added: it leaves what the pointer points into",
    "compute with indices and sizes, and make a pointer of them last",
};
constexpr std::array<std::string_view, 2> kFunctionTypeFixes = {
    "give the function the type that it is called by, and convert its arguments inside of it",
    "call it through a pointer of its own type: a cast of a function pointer must be undone first",
};
constexpr std::array<std::string_view, 2> kNullArgumentFixes = {
    "do not call it with a null pointer, not even for 0 bytes: ask for the size first",
    "look where the value comes from: an empty container, a failed allocation or search",
};
constexpr std::array<std::string_view, 2> kNullResultFixes = {
    "return null on no path, or take the promise off the declaration (returns_nonnull, _Nonnull)",
    "look where it comes from: a search without result, a failed allocation",
};
constexpr std::array<std::string_view, 2> kZeroBitsFixes = {
    "ask for 0 before the call",
    "use std::countr_zero or std::countl_zero, for which 0 is a number like any other",
};
constexpr std::array<std::string_view, 2> kAssumptionFixes = {
    "make true on every path what is assumed here, or take the assumption out",
    "say it by an assertion, until it is sure",
};

bool says(std::string_view words, std::string_view part) { return words.find(part) != words.npos; }

Fixes argument_fixes(std::string_view words) {
  if (says(words, "passing zero to")) return kZeroBitsFixes;
  if (says(words, "returned from function")) return kNullResultFixes;
  if (says(words, "assumption is violated")) return kAssumptionFixes;
  return kNullArgumentFixes;
}

}  // namespace

Fixes fixes_of_undefined(ReportKind kind, std::string_view words) {
  switch (kind) {
    case kSignedOverflow:
      return kArithmeticFixes;
    case kUnsignedOverflow:
      return kUnsignedFixes;
    case kShift:
      return kShiftFixes;
    case kDivisionByZero:
    case kArithmeticSignal:
      return kDivisionFixes;
    case kFloatCast:
      return kFloatCastFixes;
    case kImplicitConversion:
      return kConversionFixes;
    case kNullPointer:
      return kNullFixes;
    case kMisaligned:
      return kMisalignedFixes;
    case kInvalidValue:
      return kInvalidValueFixes;
    case kObjectType:
      return kObjectTypeFixes;
    case kMissingReturn:
      return kMissingReturnFixes;
    case kUnreachable:
      return kUnreachableFixes;
    case kArraySize:
      return kArraySizeFixes;
    case kPointerOverflow:
      return kPointerOverflowFixes;
    case kFunctionType:
      return kFunctionTypeFixes;
    case kInvalidArgument:
      return argument_fixes(words);
    default:
      return {};
  }
}

Fixes null_fixes() { return kNullFixes; }

}  // namespace assay
