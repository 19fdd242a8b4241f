// The first check saves the lock, and with it what the lock was for: the pointer may be seen before
// the object that it points to is.
//
// kind: data-race
// variable: g_cache
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>
#include <vector>

#include "sanitizers/gallery/in_order.h"

namespace {
std::vector<int>* g_cache = nullptr;
std::mutex g_mutex;

std::vector<int>& cache() {
#ifndef FIXED
  if (g_cache != nullptr) return *g_cache;  // <- second access
#endif
  const std::lock_guard lock(g_mutex);
  if (g_cache == nullptr) {
    g_cache = new std::vector<int>(100);  // <- first access
  }
  return *g_cache;
}
}  // namespace

int main() { in_order(cache, cache); }
