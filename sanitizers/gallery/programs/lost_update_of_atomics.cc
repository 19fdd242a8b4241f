// A load and a store are each atomic; the addition between them is not.
//
// kind: race-condition
// places: read, write
// shows: 1 of 2 additions
// missed by: clang_tsan, gcc_tsan, helgrind, drd, asan because every access is atomic: what is
//   wrong is what the program means
// found by: explorer as lost_update, outcome
#include <atomic>
#include <cstdio>
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
std::atomic<int> g_hits{0};
UnseenBarrier g_barrier(2);

void hit() {
#ifdef FIXED
  g_hits++;
  g_barrier.wait();
#else
  const int seen = g_hits;  // <- read
  g_barrier.wait();
  g_hits.exchange(seen + 1);  // <- write
#endif
}
}  // namespace

int main() {
  std::thread one(hit);
  std::thread two(hit);
  one.join();
  two.join();
  if (g_hits != 2) std::printf("%d of 2 additions\n", g_hits.load());
}
