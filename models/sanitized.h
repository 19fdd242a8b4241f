/// Which sanitizer instruments the code that includes this, as its compiler says: ASSAY_TSAN or
/// ASSAY_ASAN is defined, or neither.
#pragma once

#if defined(__has_feature)
#define ASSAY_HAS_FEATURE(feature) __has_feature(feature)
#else
#define ASSAY_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_THREAD__) || ASSAY_HAS_FEATURE(thread_sanitizer)
#define ASSAY_TSAN 1
#elif defined(__SANITIZE_ADDRESS__) || ASSAY_HAS_FEATURE(address_sanitizer)
#define ASSAY_ASAN 1
#endif

namespace assay {

#if defined(ASSAY_TSAN) || defined(ASSAY_ASAN)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace assay
