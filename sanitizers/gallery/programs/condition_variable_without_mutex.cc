// The condition is made true without the mutex that its reader holds. The wake-up may also come
// between the reader's look at the condition and its going to sleep, and be lost.
//
// kind: data-race
// variable: g_ready
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <condition_variable>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
bool g_ready = false;
std::mutex g_mutex;
std::condition_variable g_changed;

void announce() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_ready = true;  // <- first access
  g_changed.notify_one();
}

void wait_for_it() {
  std::unique_lock lock(g_mutex);
  while (!g_ready) {  // <- second access
    g_changed.wait(lock);
  }
}
}  // namespace

int main() { in_order(announce, wait_for_it); }
