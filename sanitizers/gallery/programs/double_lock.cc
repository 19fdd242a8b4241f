// A function that locks calls another that locks the same mutex. A plain mutex waits for itself for
// ever; this one checks, and refuses.
//
// kind: double-lock
// places: second lock
// also: second unlock
// seen by: clang_tsan, gcc_tsan as unlock-of-unlocked at second unlock of g_mutex
// seen by: helgrind as call-failed
// seen by: drd
// missed by: asan because it knows no locks
#include <pthread.h>

namespace {
pthread_mutex_t g_mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
int g_balance = 100;

int balance() {
#ifndef FIXED
  pthread_mutex_lock(&g_mutex);  // <- second lock
#endif
  const int balance = g_balance;
#ifndef FIXED
  pthread_mutex_unlock(&g_mutex);
#endif
  return balance;
}

void withdraw_all() {
  pthread_mutex_lock(&g_mutex);
  g_balance -= balance();
  pthread_mutex_unlock(&g_mutex);  // <- second unlock
}
}  // namespace

int main() { withdraw_all(); }
