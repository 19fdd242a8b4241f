/// The functions of the C library that Assay's own stand in front of.
#pragma once

#include <dlfcn.h>

namespace assay::unmodified {

template <typename Function>
Function* real(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace assay::unmodified

/// The next definition of a function of this name: that of the C library. Found without a guard,
/// which is one of these functions itself.
#define ASSAY_REAL(name)                                                                 \
  ([]() -> decltype(&(name)) {                                                           \
    static constinit decltype(&(name)) found = nullptr;                                  \
    if (found == nullptr)                                                                \
      found = ::assay::unmodified::real(static_cast<decltype(&(name))>(nullptr), #name); \
    return found;                                                                        \
  }())
/// True when the explored program calls, or a library on its behalf; GoogleTest's own calls are
/// not.
#define ASSAY_OBSERVED()             \
  (::assay::unmodified::observing && \
   !::assay::unmodified::Image::mine().is_own_code(__builtin_return_address(0)))
/// The same, for an object: those of the C and C++ libraries are their own business.
#define ASSAY_OBSERVED_AT(object) \
  (ASSAY_OBSERVED() && !::assay::unmodified::Image::mine().is_of_usual_library(object))
