// Both sides lock, but not the same mutex.
//
// kind: data-race
// variable: g_balance
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_balance = 100;
std::mutex g_mutex;
#ifndef FIXED
std::mutex g_other_mutex;
#endif

void deposit() {
  const std::lock_guard lock(g_mutex);
  g_balance += 50;  // <- first access
}

void withdraw() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#else
  const std::lock_guard lock(g_other_mutex);
#endif
  g_balance -= 30;  // <- second access
}
}  // namespace

int main() { in_order(deposit, withdraw); }
