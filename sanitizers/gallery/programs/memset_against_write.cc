// A table is cleared by memset while another thread sets an element.
//
// kind: data-race
// variable: g_table
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <cstring>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_table[16];
std::mutex g_mutex;

void clear() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  std::memset(g_table, 0, sizeof(g_table));  // <- first access
}

void set() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_table[3] = 1;  // <- second access
}
}  // namespace

int main() { in_order(clear, set); }
