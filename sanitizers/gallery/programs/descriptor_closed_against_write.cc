// One thread closes a descriptor that another writes to. Its number may by then be that of another
// file, which gets the bytes.
//
// kind: data-race
// variable: descriptor
// seen by: clang_tsan, gcc_tsan
// missed by: asan, helgrind, drd because the table of descriptors is in the kernel, and no memory
//   of the program is touched
#include <fcntl.h>
#include <unistd.h>

#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_file = -1;
std::mutex g_mutex;

void log() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  (void)!write(g_file, "line\n", 5);  // <- first access
}

void shut() {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  close(g_file);  // <- second access
}
}  // namespace

int main() {
  g_file = open("/dev/null", O_WRONLY);
  in_order(log, shut);
}
