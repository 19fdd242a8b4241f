// A lambda captures the variable of a loop by reference. By the time that the thread reads it, the
// loop may have moved on.
//
// kind: data-race
// variable: stack
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <atomic>
#include <thread>
#include <vector>

#include "sanitizers/gallery/in_order.h"

int main() {
  UnseenBarrier was_read(2);
  UnseenBarrier end(3);
  std::atomic<int> sum{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 2; i++) {  // <- second access
#ifdef FIXED
    workers.emplace_back([&, i] {
#else
    workers.emplace_back([&] {
#endif
      sum += i;  // <- first access
      was_read.wait();
      end.wait();
    });
    was_read.wait();
  }
  end.wait();
  for (std::thread& worker : workers) worker.join();
}
