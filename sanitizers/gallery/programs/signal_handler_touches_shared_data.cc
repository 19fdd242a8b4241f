// A signal handler adds to a counter that another thread adds to. A handler may not lock: the
// thread that it interrupted may hold the lock. Lock-free atomics are what it may use.
//
// kind: data-race
// variable: g_signals
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <atomic>
#include <csignal>

#include "sanitizers/gallery/in_order.h"

namespace {
#ifdef FIXED
std::atomic<int> g_signals{0};
#else
int g_signals = 0;
#endif

void count(int /*signal*/) {
  g_signals++;  // <- second access
}
}  // namespace

int main() {
  std::signal(SIGUSR1, count);
  in_order([] { g_signals++; },  // <- first access
           [] { std::raise(SIGUSR1); });
}
