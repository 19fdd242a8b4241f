// The settings of a program are replaced in one thread while another reads them.
//
// kind: data-race
// variable: g_settings
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
struct Settings {
  int width = 80;
  int height = 25;
};

Settings g_settings;
std::mutex g_mutex;

void resize() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  g_settings.width = 132;  // <- first access
}

int width() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  return g_settings.width;  // <- second access
}
}  // namespace

int main() { in_order(resize, width); }
