// Two processes add to a counter in memory that they share, without a lock.
//
// kind: data-race
// shows: an addition was lost
// missed by: clang_tsan, gcc_tsan, helgrind, drd, asan because each watches one process, and each
//   process has one access
// found by: outcome
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <new>

#include "sanitizers/gallery/in_order.h"

namespace {
struct Shared {
  std::atomic<int> turn{0};
  std::atomic<int> total{0};
  int counter = 0;
};

void wait_for(const Shared& shared, int turn) {
  while (shared.turn < turn) sched_yield();
}

void add_in_the_child(Shared& shared) {
#ifdef FIXED
  shared.total += 1;
#else
  const int read = shared.counter;  // <- first access
  shared.turn = 1;
  wait_for(shared, 2);
  shared.counter = read + 1;
#endif
}

void add_in_the_parent(Shared& shared) {
#ifdef FIXED
  shared.total += 1;
#else
  wait_for(shared, 1);
  shared.counter += 1;  // <- second access
  shared.turn = 2;
#endif
}
}  // namespace

int main() {
  void* const memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& shared = *new (memory) Shared();
  const pid_t child = fork();
  if (child == 0) {
    add_in_the_child(shared);
    _exit(0);
  }
  add_in_the_parent(shared);
  waitpid(child, nullptr, 0);
  if (shared.counter + shared.total != 2) std::puts("an addition was lost");
}
