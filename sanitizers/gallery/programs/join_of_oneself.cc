// A thread waits for its own end. glibc refuses; two threads that wait for each other it lets wait.
//
// kind: deadlock by join
// places: join
// shows: Resource deadlock avoided
// seen by: clang_tsan, gcc_tsan as detector-failure at last join because the refused call takes the
//   thread off their list, and a check of their own fails at the next
// seen by: helgrind as thread-misuse
// missed by: asan, drd because to them the refusal is a result like any other
#include <pthread.h>

#include <cstdio>
#include <cstring>

#include "sanitizers/gallery/in_order.h"

namespace {
UnseenBarrier g_barrier(2);

void* work(void* /*unused*/) {
#ifndef FIXED
  const int error = pthread_join(pthread_self(), nullptr);  // <- join
  std::puts(std::strerror(error));
#endif
  g_barrier.wait();
  return nullptr;
}
}  // namespace

int main() {
  pthread_t worker;
  pthread_create(&worker, nullptr, work, nullptr);
  g_barrier.wait();
  pthread_join(worker, nullptr);  // <- last join
}
