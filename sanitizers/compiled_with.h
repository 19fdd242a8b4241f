// Which sanitizer instruments the code, as the compiler itself says.
//
// ASSAY_VARIANT is what the build *asked for*; this is what it *got*. The answer is of the
// library's own translation unit, so that it also shows whether a dependency of a test is
// instrumented.
#ifndef ASSAY_SANITIZERS_COMPILED_WITH_H_
#define ASSAY_SANITIZERS_COMPILED_WITH_H_

#include <string_view>

#include "models/sanitized.h"

#if defined(ASSAY_TSAN)
#define ASSAY_COMPILED_WITH "tsan"
#elif defined(ASSAY_ASAN)
#define ASSAY_COMPILED_WITH "asan"
#else
#define ASSAY_COMPILED_WITH "plain"
#endif

namespace assay {

/// Returns `tsan`, `asan` or `plain`: how this library was compiled.
std::string_view compiled_with();

/// Returns the family of the compiler that made this library, `clang` or `gcc`.
std::string_view compiled_by();

/// Whether the compiler optimized this library (-O1 or above).
bool optimized();

}  // namespace assay

#endif  // ASSAY_SANITIZERS_COMPILED_WITH_H_
