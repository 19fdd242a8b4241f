// One thread locks a mutex and another unlocks it, to tell it something. A mutex has an owner; a
// semaphore has none and is for that.
//
// kind: unlock-by-other
// places: unlock
// also: nowhere
// also: last join
// seen by: clang_tsan, gcc_tsan as unlock-of-unlocked of g_done
// seen by: helgrind, drd
// missed by: asan because it knows no locks
#include <pthread.h>
#include <semaphore.h>

#include "sanitizers/gallery/in_order.h"

namespace {
#ifdef FIXED
sem_t g_done;
void begin() { sem_init(&g_done, 0, 0); }
void finish() { sem_post(&g_done); }
#else
pthread_mutex_t g_done = PTHREAD_MUTEX_INITIALIZER;
void begin() { pthread_mutex_lock(&g_done); }     // <- lock
void finish() { pthread_mutex_unlock(&g_done); }  // <- unlock
#endif
}  // namespace

int main() {
  in_order(begin, finish);  // <- last join
}
