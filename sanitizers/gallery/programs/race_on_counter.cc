// Two threads add one to a counter. Each reads, adds and writes; one of the two additions can be
// lost.
//
// kind: data-race
// variable: g_counter
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <atomic>

#include "sanitizers/gallery/in_order.h"

namespace {
#ifdef FIXED
std::atomic<int> g_counter{0};
#else
int g_counter = 0;
#endif
}  // namespace

int main() {
  in_order([] { g_counter++; },   // <- first access
           [] { g_counter++; });  // <- second access
}
