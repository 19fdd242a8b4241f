// A way out of a function unlocks what it never locked.
//
// kind: unlock-of-unlocked
// places: unlock
// seen by: clang_tsan, gcc_tsan of g_mutex
// seen by: helgrind, drd as invalid-mutex
// missed by: asan because it knows no locks
#include <pthread.h>

namespace {
pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
int g_stock = 0;

bool take_one() {
  if (g_stock == 0) {
#ifndef FIXED
    pthread_mutex_unlock(&g_mutex);  // <- unlock
#endif
    return false;
  }
  pthread_mutex_lock(&g_mutex);
  g_stock--;
  pthread_mutex_unlock(&g_mutex);
  return true;
}
}  // namespace

int main() { return take_one() ? 1 : 0; }
