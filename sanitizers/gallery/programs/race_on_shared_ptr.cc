// One thread resets a std::shared_ptr that another copies. The count behind it is atomic, the
// shared_ptr itself is not.
//
// kind: data-race
// variable: g_current
// also: second access
// also: release
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <memory>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
std::shared_ptr<int> g_current = std::make_shared<int>(1);
std::mutex g_mutex;

void replace() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_current = std::make_shared<int>(2);  // <- first access
}

void use() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  const std::shared_ptr<int> mine = g_current;  // <- second access
}  // <- release
}  // namespace

int main() { in_order(replace, use); }
