#include "sanitizers/compiled_with.h"

namespace assay {

std::string_view compiled_with() { return ASSAY_COMPILED_WITH; }

std::string_view compiled_by() {
#if defined(__clang__)
  return "clang";
#else
  return "gcc";
#endif
}

bool optimized() {
#if defined(__OPTIMIZE__)
  return true;
#else
  return false;
#endif
}

}  // namespace assay
