// A watcher looks once at a worker that takes a million steps. Only if it looks right after one
// certain step does it touch what the worker touched, and there it forgets the lock. That is one
// schedule in a million; the detector judges the one that happened.
//
// kind: data-race
// variable: g_alarms
// missed by: clang_tsan, gcc_tsan, helgrind, drd, asan because they judge the schedule that
//   happened, and in it there was no second access
// found by: explorer as rare_race
#include <atomic>
#include <mutex>
#include <thread>

namespace {
constexpr int kSteps = 1'000'000;
constexpr int kAlarming = kSteps / 2;

std::atomic<int> g_step{0};
int g_alarms = 0;
std::mutex g_mutex;

void work() {
  for (int i = 1; i <= kSteps; i++) {
    g_step.exchange(i);
    if (i == kAlarming) {
      const std::lock_guard lock(g_mutex);
      g_alarms++;  // <- first access
    }
  }
}

void watch() {
  if (g_step.fetch_add(0) != kAlarming) return;
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_alarms++;  // <- second access
}
}  // namespace

int main() {
  std::thread worker(work);
  std::thread watcher(watch);
  worker.join();
  watcher.join();
}
