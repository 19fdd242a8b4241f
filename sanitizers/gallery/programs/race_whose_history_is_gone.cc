// The first access lies a million others back, in a thread that has ended. A detector that keeps a
// bounded history then knows that there was an access and no longer where.
//
// kind: data-race
// variable: g_config
// seen by: helgrind, drd
// seen by: gcc_tsan at second access because the place of the first is no longer in its history
// missed by: clang_tsan because the history of a thread is bounded and reused when it has ended
// missed by: asan because every address that it uses may be used
#include <thread>
#include <vector>

#include "sanitizers/gallery/in_order.h"

namespace {
constexpr int kOthers = 1'000'000;
int g_config = 0;
}  // namespace

int main() {
  UnseenBarrier barrier(2);
  std::thread first([&] {
    g_config = 1;  // <- first access
    std::vector<int> work(1024);
    for (int i = 0; i < kOthers; i++) work[i % 1024]++;
    barrier.wait();
  });
  barrier.wait();
#ifdef FIXED
  first.join();
#endif
  std::thread second([&] {
    g_config = 2;  // <- second access
  });
  second.join();
#ifndef FIXED
  first.join();
#endif
}
