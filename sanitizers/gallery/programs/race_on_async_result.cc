// The result of a std::async task is read before its future was asked, which is what orders the
// two.
//
// kind: data-race
// variable: stack
// seen by: clang_tsan, gcc_tsan, helgrind
// missed by: asan because every address that it uses may be used
// missed by: drd because std::async runs the task within pthread_once, and DRD ignores all
//   accesses within that
#include <future>

#include "sanitizers/gallery/in_order.h"

int main() {
  UnseenBarrier barrier(2);
  int sum = 0;
  int seen = 0;
  std::future<void> done = std::async(std::launch::async, [&] {
    sum = 5;  // <- first access
    barrier.wait();
    barrier.wait();
  });
  barrier.wait();
#ifndef FIXED
  seen = sum;  // <- second access
#endif
  barrier.wait();
  done.get();
#ifdef FIXED
  seen = sum;
#endif
  return seen == 5 ? 0 : 1;
}
