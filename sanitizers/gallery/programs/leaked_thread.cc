// A thread that has ended is neither joined nor detached: its stack stays until the process ends.
//
// kind: thread-leak
// places: creation
// seen by: clang_tsan, gcc_tsan
// missed by: asan because the stack of a thread is mapped, not allocated
// missed by: helgrind, drd because they ask what threads do, not whether they are joined
#include <pthread.h>

#include "sanitizers/gallery/in_order.h"

namespace {
UnseenBarrier g_barrier(2);

void* work(void* /*unused*/) {
  g_barrier.wait();
  return nullptr;
}
}  // namespace

int main() {
  pthread_t worker;
  pthread_create(&worker, nullptr, work, nullptr);  // <- creation
  g_barrier.wait();
#ifdef FIXED
  pthread_join(worker, nullptr);
#endif
}
