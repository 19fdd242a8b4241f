// A thread gives away the address of its thread-local variable: what is each thread's own is then
// shared. The other thread locks, the owner sees no reason to.
//
// kind: data-race
// variable: tls
// seen by: clang_tsan, gcc_tsan
// missed by: helgrind, drd because they report no race on thread-local memory, as observed with
//   Valgrind 3.19
// missed by: asan because every address that it uses may be used
#include <mutex>
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
thread_local int t_hits = 0;
int* g_hits_of_worker = nullptr;
std::mutex g_mutex;
UnseenBarrier g_barrier(2);

void work() {
  std::unique_lock lock(g_mutex);
  g_hits_of_worker = &t_hits;
  lock.unlock();
  g_barrier.wait();
  g_barrier.wait();
#ifdef FIXED
  lock.lock();
#endif
  t_hits++;  // <- second access
  g_barrier.wait();
}

void reset() {
  g_barrier.wait();
  std::unique_lock lock(g_mutex);
  *g_hits_of_worker = 0;  // <- first access
  lock.unlock();
  g_barrier.wait();
  g_barrier.wait();
}
}  // namespace

int main() {
  std::thread worker(work);
  std::thread other(reset);
  worker.join();
  other.join();
}
