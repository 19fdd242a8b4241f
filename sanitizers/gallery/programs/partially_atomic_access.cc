// One side adds atomically, the other sets the same variable plainly. Atomic is an operation, and
// both of a pair must be.
//
// kind: data-race
// variable: g_total
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <atomic>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_total = 0;

void add() {
  std::atomic_ref(g_total).fetch_add(1);  // <- first access
}

void reset() {
#ifdef FIXED
  std::atomic_ref(g_total).exchange(0);
#else
  g_total = 0;  // <- second access
#endif
}
}  // namespace

int main() { in_order(add, reset); }
