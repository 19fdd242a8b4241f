// Correct: a release fence and an acquire fence order the data as a release store and an acquire
// load would. The ThreadSanitizers do not model fences; Helgrind and DRD know nothing of either.
//
// kind: correct
// variable: g_data
// false alarm by: clang_tsan, gcc_tsan, helgrind, drd
// silent under: asan because every address that it uses may be used
#include <atomic>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"  // It warns of this very false alarm.
#endif

namespace {
int g_data = 0;
std::atomic<bool> g_ready{false};
std::mutex g_mutex;

void publish_with_fence() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_data = 42;  // <- first access
#ifndef FIXED
  std::atomic_thread_fence(std::memory_order_release);
#endif
  g_ready.exchange(true, std::memory_order_relaxed);
}

int consume_with_fence() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  if (!g_ready.load(std::memory_order_relaxed)) return 0;
#ifndef FIXED
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
  return g_data;  // <- second access
}
}  // namespace

int main() { in_order(publish_with_fence, consume_with_fence); }
