// A map is searched while another thread inserts: insertion may move every element to other
// buckets.
//
// kind: data-race
// variable: g_ages
// also: second access
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>
#include <string>
#include <unordered_map>

#include "sanitizers/gallery/in_order.h"

namespace {
std::unordered_map<int, int> g_ages{{1, 36}};
std::mutex g_mutex;

void add() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_ages.emplace(2, 85);  // <- first access
}

bool is_known() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  return g_ages.count(2) > 0;  // <- second access
}
}  // namespace

int main() { in_order(add, is_known); }
