// An object is made by whoever asks first. Two who ask at once make two, and one of them is lost.
//
// kind: data-race
// variable: g_cache
// also: first access, second read
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>
#include <vector>

#include "sanitizers/gallery/in_order.h"

namespace {
std::vector<int>* g_cache = nullptr;
std::mutex g_mutex;

std::vector<int>& cache() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  if (g_cache == nullptr) {               // <- second access
    g_cache = new std::vector<int>(100);  // <- first access
  }
  return *g_cache;  // <- second read
}
}  // namespace

int main() { in_order(cache, cache); }
