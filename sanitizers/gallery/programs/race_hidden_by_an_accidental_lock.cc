// Nothing orders the two accesses but a lock that each thread takes for something else, and in this
// run in the order that hides the race. The next run may take it in the other.
//
// kind: data-race
// variable: g_result
// missed by: clang_tsan, gcc_tsan, helgrind, drd, asan because the lock of the log orders the two
//   accesses, this time
// found by: explorer as accidental_lock
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
int g_result = 0;
int g_log_lines = 0;
std::mutex g_log_mutex;

void log() {
  const std::lock_guard lock(g_log_mutex);
  g_log_lines++;
}

void compute() {
#ifdef FIXED
  const std::lock_guard lock(g_log_mutex);
  g_log_lines++;
#endif
  g_result = 42;  // <- first access
#ifndef FIXED
  log();
#endif
}

int use() {
#ifdef FIXED
  const std::lock_guard lock(g_log_mutex);
  g_log_lines++;
#else
  log();
#endif
  return g_result;  // <- second access
}
}  // namespace

int main() { in_order(compute, use); }
