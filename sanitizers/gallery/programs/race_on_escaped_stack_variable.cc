// A thread is handed the address of a local variable and writes to it, and its creator reads it
// before it has joined the thread.
//
// kind: data-race
// variable: stack
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <thread>

#include "sanitizers/gallery/in_order.h"

int main() {
  UnseenBarrier barrier(2);
  int result = 0;
  int seen = 0;
  std::thread worker([&] {
    result = 42;  // <- first access
    barrier.wait();
    barrier.wait();
  });
  barrier.wait();
#ifndef FIXED
  seen = result;  // <- second access
#endif
  barrier.wait();
  worker.join();
#ifdef FIXED
  seen = result;
#endif
  return seen == 42 ? 0 : 1;
}
