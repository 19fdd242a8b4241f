// A signal handler makes a system call that fails and does not put errno back: the code that it
// interrupted finds an error that is not its own.
//
// kind: errno-in-handler
// places: handler
// seen by: clang_tsan, gcc_tsan
// missed by: asan, helgrind, drd because a handler is to them a function like any other
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
std::atomic<bool> g_handled{false};

void handle(int /*signal*/) {  // <- handler
#ifdef FIXED
  const int saved = errno;
#endif
  close(-1);
#ifdef FIXED
  errno = saved;
#endif
  g_handled = true;
}
}  // namespace

int main() {
  std::signal(SIGUSR1, handle);
  errno = 0;
  const pthread_t self = pthread_self();
  std::thread other([self] { pthread_kill(self, SIGUSR1); });
  while (!g_handled) sched_yield();
  if (errno != 0) std::puts("errno of an operation that never failed");
  other.join();
}
