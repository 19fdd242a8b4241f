// A plain flag says that the data are there. Compiler and processor may swap the two writes, or the
// two reads, and a loop that waits for the flag may be made endless.
//
// kind: data-race
// variable: g_ready
// also: data written, data read
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_data = 0;
bool g_ready = false;
std::mutex g_mutex;

void publish() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_data = 42;     // <- data written
  g_ready = true;  // <- first access
}

int consume() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  if (!g_ready) return 0;  // <- second access
  return g_data;           // <- data read
}
}  // namespace

int main() { in_order(publish, consume); }
