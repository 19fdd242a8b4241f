// A signal handler allocates. If the signal came in the middle of malloc, its lock is held, by the
// very thread that now waits for it (signal-safety(7)).
//
// kind: signal-unsafe-call
// places: allocation
// also: handler
// seen by: clang_tsan, gcc_tsan
// missed by: asan, helgrind, drd because a handler is to them a function like any other
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
std::atomic<bool> g_handled{false};

void handle(int /*signal*/) {  // <- handler
#ifndef FIXED
  std::free(std::malloc(10));  // <- allocation
#endif
  g_handled = true;
}
}  // namespace

int main() {
  std::signal(SIGUSR1, handle);
  const pthread_t self = pthread_self();
  std::thread other([self] { pthread_kill(self, SIGUSR1); });
  while (!g_handled) sched_yield();
  other.join();
}
