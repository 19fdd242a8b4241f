// The flag is atomic, but relaxed: it orders nothing but itself, and the data may come later.
// Release and acquire mend it as well as the mutex does: false_alarm_release_and_acquire.cc.
//
// kind: data-race
// variable: g_data
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <atomic>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_data = 0;
std::atomic<bool> g_ready{false};
std::mutex g_mutex;

void publish() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_data = 42;  // <- first access
  g_ready.exchange(true, std::memory_order_relaxed);
}

int consume() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  if (!g_ready.load(std::memory_order_relaxed)) return 0;
  return g_data;  // <- second access
}
}  // namespace

int main() { in_order(publish, consume); }
