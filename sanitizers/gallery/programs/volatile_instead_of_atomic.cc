// `volatile` is for hardware that looks at memory. Between threads it orders nothing and makes
// nothing atomic.
//
// kind: data-race
// variable: g_stop
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <atomic>

#include "sanitizers/gallery/in_order.h"

namespace {
#ifdef FIXED
std::atomic<bool> g_stop{false};
#else
volatile bool g_stop = false;
#endif
}  // namespace

int main() {
  in_order([] { g_stop = true; },           // <- first access
           [] { return g_stop == true; });  // <- second access
}
