// A std::string is copied while another thread assigns to it: the copy may have the old length and
// the new characters.
//
// kind: data-race
// variable: g_name
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>
#include <string>

#include "sanitizers/gallery/in_order.h"

namespace {
std::string g_name = "Ada";
std::mutex g_mutex;

void change_name() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_name = "Grace";  // <- first access
}

std::string name() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  return g_name;  // <- second access
}
}  // namespace

int main() { in_order(change_name, name); }
