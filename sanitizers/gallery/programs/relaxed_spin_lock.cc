// A spin lock of one's own lets nobody in twice, but its operations are relaxed: what one holder
// wrote, the next need not see.
//
// kind: data-race
// variable: g_balance
// places: access
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <atomic>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
class SpinLock {
 public:
  void lock() {
    while (locked_.exchange(true, std::memory_order_relaxed)) sched_yield();
  }
  void unlock() { locked_.exchange(false, std::memory_order_relaxed); }

 private:
  std::atomic<bool> locked_{false};
};

#ifdef FIXED
std::mutex g_lock;
#else
SpinLock g_lock;
#endif
int g_balance = 100;

void deposit() {
  const std::lock_guard lock(g_lock);
  g_balance += 50;  // <- access
}
}  // namespace

int main() { in_order(deposit, deposit); }
