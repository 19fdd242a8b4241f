// The wake-up comes before its sleeper sleeps, and nothing remembers it: there is no condition to
// look at. The sleeper would sleep for ever; here it gives up, and says so.
//
// kind: lost wakeup
// places: signal, wait
// shows: never woken
// missed by: clang_tsan, gcc_tsan, asan, helgrind, drd because only the program knows what it waits
//   for: to signal and then to wait is allowed
// found by: explorer as lost_wakeup, outcome
#include <pthread.h>

#include <cstdio>
#include <ctime>

#include "sanitizers/gallery/in_order.h"

namespace {
pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t g_finished = PTHREAD_COND_INITIALIZER;
bool g_is_finished = false;

void finish() {
  pthread_mutex_lock(&g_mutex);
  g_is_finished = true;
  pthread_cond_signal(&g_finished);  // <- signal
  pthread_mutex_unlock(&g_mutex);
}

void wait_for_it() {
  timespec bound;
  clock_gettime(CLOCK_REALTIME, &bound);
  bound.tv_sec += 1;
  pthread_mutex_lock(&g_mutex);
#ifdef FIXED
  while (!g_is_finished)
#endif
    if (pthread_cond_timedwait(&g_finished, &g_mutex, &bound) != 0)
      std::puts("never woken");  // <- wait
  pthread_mutex_unlock(&g_mutex);
}
}  // namespace

int main() { in_order(finish, wait_for_it); }
