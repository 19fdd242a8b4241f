// A frame is copied out while another thread copies the next one in: the copy is half of each.
//
// kind: data-race
// variable: g_frame
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <cstring>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
char g_frame[64];
std::mutex g_mutex;

void capture() {
  const char next[64] = "next";
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  std::memcpy(g_frame, next, sizeof(g_frame));  // <- first access
}

void show() {
  char copy[64];
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  std::memcpy(copy, g_frame, sizeof(copy));  // <- second access
}
}  // namespace

int main() { in_order(capture, show); }
