// A fiber needs more stack than it has and runs into the guard page below it.
//
// kind: stack-overflow
// places: overflow
// seen by: clang_tsan, gcc_tsan, asan
// seen by: helgrind, drd as segv
#include <sys/mman.h>
#include <ucontext.h>

namespace {
constexpr long kPage = 4096;
#ifdef FIXED
constexpr int kDepth = 4;
#else
constexpr int kDepth = 100'000;
#endif

ucontext_t g_main;
ucontext_t g_fiber;

int descend(int depth) { return depth == 0 ? 0 : 1 + descend(depth - 1); }  // <- overflow

void run() { descend(kDepth); }
}  // namespace

int main() {
  const long size = 16 * kPage;
  char* const stack = static_cast<char*>(
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(stack, kPage, PROT_NONE);
  getcontext(&g_fiber);
  g_fiber.uc_stack = {.ss_sp = stack, .ss_flags = 0, .ss_size = size};
  g_fiber.uc_link = &g_main;
  makecontext(&g_fiber, run, 0);
  swapcontext(&g_main, &g_fiber);
}
