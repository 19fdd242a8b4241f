// A look-up locks for reading, as it should, and counts itself, which writes: readers do not
// exclude each other.
//
// kind: data-race
// variable: g_lookups
// seen by: clang_tsan, gcc_tsan, drd
// missed by: helgrind because to it every unlock of a read-write lock comes before every later lock
//   of it, that of a reader too
// missed by: asan because every address that it uses may be used
#include <mutex>
#include <shared_mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
std::shared_mutex g_mutex;
int g_lookups = 0;

void look_up() {
#ifdef FIXED
  const std::unique_lock lock(g_mutex);
#else
  const std::shared_lock lock(g_mutex);
#endif
  g_lookups++;  // <- first access
}

int lookups() {
  const std::shared_lock lock(g_mutex);
  return g_lookups;  // <- second access
}
}  // namespace

int main() { in_order(look_up, lookups); }
