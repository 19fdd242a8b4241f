// try_lock is called and its answer is not looked at: whoever did not get the lock writes as well.
//
// kind: data-race
// variable: g_balance
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_balance = 0;
std::mutex g_mutex;
}  // namespace

int main() {
  UnseenBarrier barrier(2);
  std::thread holder([&] {
    const std::lock_guard lock(g_mutex);
    g_balance = 100;  // <- first access
    barrier.wait();
    barrier.wait();
  });
  barrier.wait();
  const bool locked = g_mutex.try_lock();
#ifdef FIXED
  if (locked)
#endif
    g_balance += 50;  // <- second access
  if (locked) g_mutex.unlock();
  barrier.wait();
  holder.join();
}
