// A variable's scope ends while a thread still uses it. The function goes on, and its stack with
// it.
//
// kind: use-after-scope
// variable: stack
// places: use
// seen by: asan
// missed by: clang_tsan, gcc_tsan, helgrind, drd because the stack of a thread that runs may be
//   used by all
#include <thread>

#include "sanitizers/gallery/in_order.h"

int main() {
  UnseenBarrier barrier(2);
  std::thread worker;
#ifdef FIXED
  int progress = 0;
#endif
  {
#ifndef FIXED
    int progress = 0;  // <- variable
#endif
    worker = std::thread([&] {
      barrier.wait();
      progress = 50;  // <- use
    });
  }
  barrier.wait();
  worker.join();
}
