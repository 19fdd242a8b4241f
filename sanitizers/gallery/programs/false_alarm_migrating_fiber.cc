// Correct: a fiber begins in one thread and goes on in another, handed over by a scheduler that no
// detector sees into, as a prebuilt one is. Its steps follow each other; to a detector they are
// those of two threads.
//
// kind: correct
// variable: g_steps
// false alarm by: clang_tsan, gcc_tsan, helgrind, drd
// silent under: asan because every address that it uses may be used
#include <ucontext.h>

#include <mutex>
#include <vector>

#include "sanitizers/gallery/in_order.h"

namespace {
ucontext_t g_thread;
ucontext_t g_fiber;
int g_steps = 0;
std::mutex g_mutex;

void run_fiber() {
  g_steps++;  // <- first access
  swapcontext(&g_fiber, &g_thread);
  g_steps++;  // <- second access
  swapcontext(&g_fiber, &g_thread);
}

void resume() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);  // A hand-over that every detector sees.
#endif
  swapcontext(&g_thread, &g_fiber);
}
}  // namespace

int main() {
  std::vector<char> stack(256 * 1024);
  getcontext(&g_fiber);
  g_fiber.uc_stack = {.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  makecontext(&g_fiber, run_fiber, 0);
  in_order(resume, resume);
}
