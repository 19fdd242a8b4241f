// A function returns while the thread that it started still writes to one of its variables.
//
// kind: use-after-return
// variable: stack
// places: use
// seen by: asan
// missed by: clang_tsan, gcc_tsan, helgrind, drd because the stack of a thread that runs may be
//   used by all
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
UnseenBarrier g_returned(2);
std::thread g_worker;

void start() {
  int page[4096];  // The variable is far down the stack: what it hits is not in use again.
  page[0] = 0;
  int progress = page[0];
  g_worker = std::thread([&progress] {
#ifndef FIXED
    g_returned.wait();
#endif
    progress = 50;  // <- use
  });
#ifdef FIXED
  g_worker.join();
#endif
}
}  // namespace

int main() {
  start();
#ifndef FIXED
  g_returned.wait();
  g_worker.join();
#endif
}
