// A callback is replaced while another thread calls it: the call may use the old function with the
// new captures.
//
// kind: data-race
// variable: g_on_change
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <functional>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
std::function<void()> g_on_change = [] {};
std::mutex g_mutex;

void subscribe(int id) {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_on_change = [id] { (void)id; };  // <- first access
}

void change() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_on_change();  // <- second access
}
}  // namespace

int main() {
  in_order([] { subscribe(7); }, change);
}
