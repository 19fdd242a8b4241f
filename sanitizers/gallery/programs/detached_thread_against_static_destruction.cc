// A detached thread still uses a static object when the program ends and destroys it.
//
// kind: data-race
// variable: g_log
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
struct Log {
  ~Log() { lines = -1; }  // <- second access
  int lines = 0;
};

Log g_log;
UnseenBarrier g_barrier(2);
}  // namespace

int main() {
  std::thread writer([] {
    g_log.lines++;  // <- first access
    g_barrier.wait();
#ifndef FIXED
    g_barrier.wait();  // It is still there when main has returned.
#endif
  });
#ifndef FIXED
  writer.detach();
#endif
  g_barrier.wait();
#ifdef FIXED
  writer.join();
#endif
}
