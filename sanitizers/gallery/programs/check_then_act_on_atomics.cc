// Every access is atomic, and yet the balance goes below zero: between the check and the act the
// other thread acts on the same check.
//
// kind: race-condition
// places: check, act
// shows: the balance is -50
// missed by: clang_tsan, gcc_tsan, helgrind, drd, asan because every access is atomic: what is
//   wrong is what the program means
// found by: explorer as check_then_act, outcome
#include <atomic>
#include <cstdio>
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
std::atomic<int> g_balance{100};
UnseenBarrier g_barrier(2);

void withdraw(int amount) {
#ifdef FIXED
  int seen = g_balance;
  g_barrier.wait();
  while (seen >= amount && !g_balance.compare_exchange_weak(seen, seen - amount)) {
  }
#else
  const bool enough = g_balance >= amount;  // <- check
  g_barrier.wait();
  if (enough) g_balance -= amount;  // <- act
#endif
}
}  // namespace

int main() {
  std::thread one([] { withdraw(75); });
  std::thread two([] { withdraw(75); });
  one.join();
  two.join();
  if (g_balance < 0) std::printf("the balance is %d\n", g_balance.load());
}
