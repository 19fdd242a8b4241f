// A worker forgets the lock when it finds the queue empty. That takes a schedule that ten thousand
// turns of a run of this program do not bring: the detector judges what happened.
//
// kind: data-race
// variable: g_idle
// places: first access
// missed by: clang_tsan, gcc_tsan, helgrind, drd, asan because they judge what happened, and in
//   this run it did not
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_queued = 2;
int g_idle = 0;
std::mutex g_mutex;

void work() {
  std::unique_lock lock(g_mutex);
  const bool empty = g_queued == 0;
  if (!empty) g_queued--;
#ifndef FIXED
  lock.unlock();
#endif
  if (empty) g_idle++;  // <- first access
}
}  // namespace

int main() { in_order(work, work); }
