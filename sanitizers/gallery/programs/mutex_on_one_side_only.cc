// The writer locks, the reader does not: "it only reads".
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

void deposit() {
  const std::lock_guard lock(g_mutex);
  g_balance += 50;  // <- first access
}

int balance() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  return g_balance;  // <- second access
}
}  // namespace

int main() { in_order(deposit, balance); }
