// setenv moves the environment that getenv reads ([MT-Unsafe const:env], setenv(3)).
//
// kind: data-race
// places: setenv, getenv
// seen by: helgrind, drd at getenv of heap
// missed by: clang_tsan, gcc_tsan because the C library was built without them
// missed by: asan because every address that it uses may be used
#include <cstdlib>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
std::mutex g_mutex;

void set_language() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  setenv("ASSAY_LANGUAGE", "C", 1);  // <- setenv
}

const char* language() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  return std::getenv("ASSAY_LANGUAGE");  // <- getenv
}
}  // namespace

int main() { in_order(set_language, language); }
