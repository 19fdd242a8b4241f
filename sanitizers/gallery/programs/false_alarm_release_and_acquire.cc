// Correct: what is written before a release store is seen after the acquire load that reads it.
// Helgrind and DRD see machine code, where both are plain moves.
//
// kind: correct
// variable: g_data
// also: release, acquire
// false alarm by: helgrind, drd
// silent under: clang_tsan, gcc_tsan because they know atomics
// silent under: asan because every address that it uses may be used
#include <atomic>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_data = 0;
std::atomic<bool> g_ready{false};
std::mutex g_mutex;

void publish_with_release() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_data = 42;                                     // <- first access
  g_ready.store(true, std::memory_order_release);  // <- release
}

int consume_with_acquire() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  if (!g_ready.load(std::memory_order_acquire)) return 0;  // <- acquire
  return g_data;                                           // <- second access
}
}  // namespace

int main() { in_order(publish_with_release, consume_with_acquire); }
