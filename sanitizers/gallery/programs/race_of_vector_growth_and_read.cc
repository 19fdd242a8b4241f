// A vector grows in one thread while another reads an element: growth moves the elements away and
// frees the place that is read.
//
// kind: data-race
// variable: g_samples
// also: second access
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>
#include <vector>

#include "sanitizers/gallery/in_order.h"

namespace {
std::vector<int> g_samples{1, 2, 3};
std::mutex g_mutex;

void grow() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_samples.push_back(4);  // <- first access
}

int first() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  return g_samples[0];  // <- second access
}
}  // namespace

int main() { in_order(grow, first); }
