// Two threads each think that a buffer is theirs to free.
//
// kind: double-free
// variable: heap
// places: free
// seen by: asan
// missed by: clang_tsan, gcc_tsan, helgrind because they ask what is ordered, and the mutex orders
//   the two calls
// stopped by: drd because an assertion of its own ("success" in handle_free) fails
#include <cstdlib>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
void* g_buffer = nullptr;
std::mutex g_mutex;

void release() {
  const std::lock_guard lock(g_mutex);
  std::free(g_buffer);  // <- free
#ifdef FIXED
  g_buffer = nullptr;
#endif
}
}  // namespace

int main() {
  g_buffer = std::malloc(100);  // <- allocation
  in_order(release, release);
}
