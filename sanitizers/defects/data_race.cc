// Two threads write one variable. The relaxed flag orders them in time, so that the race is there
// in every run, and makes no happens-before edge, so that it stays a race.
#include <atomic>
#include <thread>

namespace {
std::atomic<bool> g_written{false};
volatile int g_balance = 0;  // Volatile, so that no write is optimized away.
}  // namespace

int main() {
  std::thread first([] {
    g_balance = 1;  // RACE: first
    g_written.store(true, std::memory_order_relaxed);
  });
  std::thread second([] {
    while (!g_written.load(std::memory_order_relaxed)) std::this_thread::yield();
    g_balance = 2;  // REPORT
  });
  first.join();
  second.join();
  return 0;
}
