// An object is destroyed, and its mutex with it, while a thread holds the mutex.
//
// kind: destroy-of-locked
// places: destruction
// also: lock, destruction
// seen by: clang_tsan, gcc_tsan, drd, helgrind
// missed by: asan because it knows no locks
#include <pthread.h>

#include "sanitizers/gallery/in_order.h"

namespace {
pthread_mutex_t g_mutex;

void use() {
  pthread_mutex_lock(&g_mutex);  // <- lock
#ifdef FIXED
  pthread_mutex_unlock(&g_mutex);
#endif
}

void shut_down() {
  pthread_mutex_destroy(&g_mutex);  // <- destruction
}
}  // namespace

int main() {
  pthread_mutex_init(&g_mutex, nullptr);
#ifdef FIXED
  in_order(use, [] {});
  shut_down();  // After the threads were joined.
#else
  in_order(use, shut_down);
#endif
}
