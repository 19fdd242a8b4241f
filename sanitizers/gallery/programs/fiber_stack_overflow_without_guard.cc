// A fiber needs more stack than it has, and below it is no guard page but other data, which it
// overwrites.
//
// kind: stack-overflow
// places: overflow
// shows: the neighbour's data are gone
// missed by: clang_tsan, gcc_tsan, asan, helgrind, drd because what is below the stack is mapped
//   and may be written: none of them knows where a fiber's stack ends
// found by: outcome
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdio>
#include <cstring>

namespace {
constexpr long kSize = 65536;
#ifdef FIXED
constexpr int kDepth = 4;
#else
constexpr int kDepth = 80;
#endif

ucontext_t g_main;
ucontext_t g_fiber;

int descend(int depth) {
  volatile char frame[512];
  for (volatile char& byte : frame) byte = static_cast<char>(depth);  // <- overflow
  return depth == 0 ? frame[0] : descend(depth - 1) + frame[0];
}

void run() { descend(kDepth); }
}  // namespace

int main() {
  char* const both = static_cast<char*>(
      mmap(nullptr, 2 * kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  char* const neighbour = both + kSize - sizeof("data");
  std::strcpy(neighbour, "data");
  getcontext(&g_fiber);
  g_fiber.uc_stack = {.ss_sp = both + kSize, .ss_flags = 0, .ss_size = kSize / 2};
  g_fiber.uc_link = &g_main;
  makecontext(&g_fiber, run, 0);
  swapcontext(&g_main, &g_fiber);
  if (std::strcmp(neighbour, "data") != 0) std::puts("the neighbour's data are gone");
}
