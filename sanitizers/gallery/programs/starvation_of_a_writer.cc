// Readers that overlap never leave a read-write lock free, and the lock of glibc lets readers pass
// a writer that waits: it waits as long as they come.
//
// kind: starvation
// places: wait
// shows: the writer was passed by 1000 readers
// missed by: clang_tsan, gcc_tsan, helgrind, drd, asan because nobody waits for ever: the lock is
//   fair to nobody, and no rule is broken
// found by: outcome
#include <pthread.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
constexpr int kReaders = 1000;

pthread_rwlock_t g_lock;
std::atomic<bool> g_waiting{false};
std::atomic<bool> g_written{false};

void write_once() {
  g_waiting = true;
  pthread_rwlock_wrlock(&g_lock);  // <- wait
  g_written = true;
  pthread_rwlock_unlock(&g_lock);
}

// Readers that follow each other without a gap: each comes in before the last one leaves. Returns
// how many came before one was held back.
int read_without_a_gap() {
  for (int readers = 0; readers < kReaders; readers++) {
    if (pthread_rwlock_tryrdlock(&g_lock) != 0) return readers;
    pthread_rwlock_unlock(&g_lock);
  }
  return kReaders;
}
}  // namespace

int main() {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
#ifdef FIXED
  pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
  pthread_rwlock_init(&g_lock, &attributes);
  pthread_rwlock_rdlock(&g_lock);
  std::thread writer(write_once);
  while (!g_waiting) sched_yield();
  int passed = read_without_a_gap();
#ifdef FIXED
  while (passed == kReaders) passed = read_without_a_gap();
#endif
  if (passed == kReaders) std::printf("the writer was passed by %d readers\n", passed);
  pthread_rwlock_unlock(&g_lock);
  writer.join();
}
